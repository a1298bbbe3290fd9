/** Rebuilds a program value by value, operands first: the loop under every pass. */
import { rootsOf, Value, type Program } from '../ir/graph';
import { transform } from '../ir/substitute';

/** A pass: a pure function from program to program that keeps its meaning. */
export interface Pass {
  readonly name: string;
  readonly doc: string;
  readonly run: (program: Program) => Program;
}

/** The program with each value replaced by what `visit` makes of it; `visit` sees operands that were visited before. */
export function mapValues(program: Program, visit: (v: Value) => Value): Program {
  const done = new Map<Value, Value>();
  transform(rootsOf(program), done, (v, inputs) => visit(withInputs(v, inputs)));
  const mapped = (v: Value): Value => done.get(v) ?? v;
  return {
    ...program,
    outputs: Object.fromEntries(Object.entries(program.outputs).map(([name, v]) => [name, mapped(v)])),
    updates: program.updates.map(({ variable, value }) => ({ variable, value: mapped(value) })),
  };
}

/** Replacements keep types, so the result's type stays as it was and need not be inferred again. */
function withInputs(v: Value, inputs: readonly Value[]): Value {
  if (inputs.every((x, i) => x === v.inputs[i])) return v;
  return new Value(v.op, inputs, v.attrs, v.type, v.leaf, v.scope);
}
