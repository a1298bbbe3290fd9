/** Which call of a block made each value of a model, and its name in the spec; used to emit code that looks like the spec. */
// Tested by test/backends/pytorch/emit/model.test.ts.
import { valuesMade, type Value, type Variable } from '../ir/graph';
import type { BlockDeclaration } from '../syntax/ast';
import type { Scope } from './scope';
import type { Evaluated } from './values';

/** One call of a block. It made the values with ids from `first` up to, but not including, `end`. */
export interface BlockCall {
  readonly block: BlockDeclaration;
  /** The path that its weights are under. */
  readonly path: string;
  readonly parent: BlockCall | null;
  readonly first: number;
  readonly end: number;
  /** The tensors given to its parameters. */
  readonly given: readonly { readonly name: string; readonly values: readonly Value[] }[];
  /** The whole numbers that have a name in its body. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly results: readonly Value[];
}

/** A name for a value in the body of a call; in the body of the model if `call` is null. */
export interface Naming {
  readonly name: string;
  readonly call: BlockCall | null;
}

/** The calls of a model, each before those inside it, and names of values. */
export class Trace {
  /** The comment of the model's declaration. */
  doc = '';
  readonly calls: BlockCall[] = [];
  readonly names = new Map<Value, Naming[]>();
  /** The computed values of weights that are not trained, for those that the spec computes. */
  readonly tables = new Map<Variable, Value>();
  private innermost: BlockCall | null = null;

  /** Records a name of the running body for a tensor, or for each tensor of a list. */
  name(name: string, value: Evaluated): void {
    if (name === '_') return;
    if (value.kind === 'tensor')
      this.names.set(value.value, [...(this.names.get(value.value) ?? []), { name, call: this.innermost }]);
    if (value.kind === 'list' || value.kind === 'tuple')
      value.items.forEach((item, i) => this.name(`${name}_${i}`, item));
  }

  /** Records `run` as a call of the block, whose parameters are bound in `scope`. */
  call(block: BlockDeclaration, path: string, scope: Scope, run: () => Evaluated): Evaluated {
    const { parameters } = block;
    const given = parameters.map(({ name: { name } }) => ({ name, values: tensorsIn(scope.own.get(name)?.value) }));
    const made = { block, path, parent: this.innermost, first: valuesMade(), end: Infinity, given };
    const entry: { -readonly [K in keyof BlockCall]: BlockCall[K] } = { ...made, sizes: new Map(), results: [] };
    const outer = this.innermost;
    this.calls.push(entry);
    this.innermost = entry;
    try {
      const result = run();
      entry.results = tensorsIn(result);
      return result;
    } finally {
      entry.end = valuesMade();
      entry.sizes = wholeNumbers(scope);
      this.innermost = outer;
    }
  }
}

function tensorsIn(v: Evaluated | undefined): Value[] {
  if (v?.kind === 'tensor') return [v.value];
  return v?.kind === 'tuple' || v?.kind === 'list' ? v.items.flatMap(tensorsIn) : [];
}

function wholeNumbers(scope: Scope): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, { value }] of scope.own)
    if (value.kind === 'number' && value.isInteger) found.set(name, value.value);
  return found;
}
