/** The IR: an immutable SSA graph of values. A program is a graph with named inputs, outputs and variable updates. */
// Tested by test/compiler/ir/verify.test.ts.
import type { AnyOp } from '../ops/define';
import type { Shape } from './dims';

/** Element types. Half types occur only inside programs; inputs and outputs are f32, i32 or bool. */
export type DType = 'f32' | 'bf16' | 'f16' | 'i32' | 'bool';

export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Dense data in row-major order. Every dtype is stored as float64; booleans are 0 and 1. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Initial values of a variable. `bound` and `std` are in the units of the weight. */
export type Initializer =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'table'; readonly data: NdArray };

/** The kinds of values that no op makes. */
export type Leaf =
  | { readonly kind: 'input'; readonly name: string }
  /** State that is kept between calls: weights, optimiser moments, EMA. `name` is unique in a module (`patch_blocks.0.attn.qkv.weight`). */
  | { readonly kind: 'variable'; readonly name: string; readonly init: Initializer; readonly role: VariableRole }
  | { readonly kind: 'constant'; readonly data: NdArray };

/**
 * `weight` is trained, `buffer` is not; `moment` belongs to an optimiser, `ema` is an averaged weight, `copy` starts equal to a weight,
 * `sum` accumulates over the parts of a batch, `counter` counts steps.
 */
export type VariableRole = 'weight' | 'buffer' | 'moment' | 'ema' | 'copy' | 'sum' | 'counter';

let nextId = 0;
let currentScope = '';

/** The number of values made so far, in all graphs. */
export function valuesMade(): number {
  return nextId;
}

/** One value of the graph: a leaf, or the result of one op. Values are compared by identity. */
export class Value {
  /** Creation order; operands are always older than their users. */
  readonly id: number = nextId++;
  // eslint-disable-next-line @typescript-eslint/max-params -- made by the million: no object for each
  constructor(
    readonly op: AnyOp | null,
    readonly inputs: readonly Value[],
    readonly attrs: object,
    readonly type: TensorType,
    readonly leaf: Leaf | null = null,
    /** Path of the module that made it (`patch_blocks.0.attn`), for reports and names in exported files. */
    readonly scope: string = currentScope,
  ) {}
  get shape(): Shape {
    return this.type.shape;
  }
  get dtype(): DType {
    return this.type.dtype;
  }
}

export type Variable = Value & { readonly leaf: Extract<Leaf, { kind: 'variable' }> };

/** Sets the module path for values made inside `build`. */
export function inScope<T>(scope: string, build: () => T): T {
  const outer = currentScope;
  currentScope = scope;
  try {
    return build();
  } finally {
    currentScope = outer;
  }
}

/** A computation that a backend can run: outputs from inputs and variables, then variable updates, all at once. */
export interface Program {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: { readonly [name: string]: Value };
  /** Every update reads the state from before the call. */
  readonly updates: readonly { readonly variable: Variable; readonly value: Value }[];
}

export function input(name: string, shape: Shape, dtype: DType = 'f32'): Value {
  return new Value(null, [], {}, { shape, dtype }, { kind: 'input', name });
}

// eslint-disable-next-line @typescript-eslint/max-params -- the record itself, field by field
export function variable(
  name: string,
  shape: Shape,
  init: Initializer,
  role: VariableRole,
  dtype: DType = 'f32',
): Variable {
  return new Value(null, [], {}, { shape, dtype }, { kind: 'variable', name, init, role }) as Variable;
}

export function constant(data: NdArray, dtype: DType = 'f32'): Value {
  return new Value(null, [], {}, { shape: data.shape, dtype }, { kind: 'constant', data });
}

export function scalar(value: number, dtype: DType = 'f32'): Value {
  return constant({ shape: [], data: Float64Array.of(value) }, dtype);
}

export function isVariable(v: Value): v is Variable {
  return v.leaf?.kind === 'variable';
}

/** The roots of a program: its outputs, then what its updates store. */
export function rootsOf(program: Program): Value[] {
  return [...Object.values(program.outputs), ...program.updates.map((u) => u.value)];
}

/** All values the roots need, operands first. */
export function topological(roots: readonly Value[]): Value[] {
  return operandsFirst(roots, new Set());
}

/** The values that the roots need and `known` lacks, operands first. Iterative, because the graphs of large models are deep. */
export function operandsFirst(roots: readonly Value[], known: { has(v: Value): boolean }): Value[] {
  const order: Value[] = [];
  const seen = new Set<Value>();
  const stack: { value: Value; next: number }[] = [];
  const enter = (value: Value): void => {
    if (seen.has(value) || known.has(value)) return;
    seen.add(value);
    stack.push({ value, next: 0 });
  };
  for (const root of roots) {
    enter(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < top.value.inputs.length) enter(top.value.inputs[top.next++]);
      else {
        order.push(top.value);
        stack.pop();
      }
    }
  }
  return order;
}

/** Variables a program reads or writes, in order of first use, without repeats. */
export function variablesOf(program: Program): Variable[] {
  const found = new Set<Variable>(topological(rootsOf(program)).filter(isVariable));
  for (const u of program.updates) found.add(u.variable);
  return [...found];
}

/** The name under which a variable's initial value is drawn: copies of weights (`ema/NAME`, `start/NAME`) start equal to the weight. */
export function drawName(v: Variable): string {
  return isCopy(v) ? v.leaf.name.slice(v.leaf.name.indexOf('/') + 1) : v.leaf.name;
}

/** Whether a variable starts as a copy of a weight: code that sets the weight before the first step must set it too. */
export function isCopy({ leaf }: Variable): boolean {
  return leaf.role === 'ema' || leaf.role === 'copy';
}
