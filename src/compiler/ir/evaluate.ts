/** The reference evaluator: computes programs in float64. Gradients, rewrites and backends are tested against it. */
import { invariant, held } from '../invariant';
import { isComposite } from '../ops/define';
import { bindingsOf, bindProgram } from './bind';
import { formatShape, isStatic, shapesEqual, type Bindings } from './dims';
import { operandsFirst, rootsOf, type NdArray, type Program, type Value } from './graph';
import { expandComposites } from './substitute';

export interface Arrays {
  readonly [name: string]: NdArray;
}

export interface EvaluateOptions {
  readonly inputs?: Arrays;
  readonly variables?: Arrays;
  /** Values for symbols; a symbol that alone decides an axis of an input is read from the input. */
  readonly bindings?: Bindings;
}

/** Outputs by name, and the new values of updated variables by the variable's name. */
export interface Results {
  readonly outputs: Arrays;
  readonly updates: Arrays;
}

export function evaluate(program: Program, options: EvaluateOptions = {}): Results {
  const { inputs = {}, variables = {} } = options;
  const bound = bindProgram(program, bindingsOf(program, inputs, options.bindings));
  const roots = rootsOf(bound);
  const env = new Map<Value, NdArray>();
  for (const leaf of operandsFirst([...bound.inputs, ...roots], new Set())) {
    if (leaf.leaf?.kind === 'input') env.set(leaf, find(inputs, leaf.leaf.name, 'input'));
    if (leaf.leaf?.kind === 'variable') env.set(leaf, find(variables, leaf.leaf.name, 'variable'));
  }
  const results = evaluateValues(roots, env);
  const names = Object.keys(bound.outputs);
  return {
    outputs: Object.fromEntries(names.map((name, i) => [name, results[i]])),
    updates: Object.fromEntries(bound.updates.map((u, i) => [u.variable.leaf.name, results[names.length + i]])),
  };
}

/** The arrays of `values`, computed from those in `env`: leaves, or any other values. Intermediates are freed after their last use. */
export function evaluateValues(values: readonly Value[], env: ReadonlyMap<Value, NdArray>): NdArray[] {
  for (const [v, array] of env) expectShape(v, array);
  const roots = expandComposites(values, isComposite, new Map([...env.keys()].map((v) => [v, v])));
  const order = operandsFirst(roots, env);
  const uses = new Map<Value, number>();
  for (const v of [...roots, ...order.flatMap((w) => w.inputs)]) uses.set(v, (uses.get(v) ?? 0) + 1);
  const results = new Map<Value, NdArray>();
  const read = (v: Value): NdArray => env.get(v) ?? held(results, v);
  for (const v of order) {
    results.set(v, compute(v, v.inputs.map(read)));
    for (const x of v.inputs) {
      const left = held(uses, x) - 1;
      uses.set(x, left);
      if (left === 0) results.delete(x);
    }
  }
  return roots.map(read);
}

function compute(v: Value, operands: readonly NdArray[]): NdArray {
  if (v.leaf?.kind === 'constant') return v.leaf.data;
  if (!v.op)
    throw new Error(`no value is given for the ${v.leaf?.kind} ${v.leaf && 'name' in v.leaf ? v.leaf.name : ''}`);
  if (!isStatic(v.shape)) throw new Error(`${v.op.opName} ${formatShape(v.shape)} has a symbol that is not bound`);
  invariant(v.op.evaluate !== null, `${v.op.opName} is a composite, and composites are written out before`);
  return v.op.evaluate(operands, v.attrs, v.type);
}

function find(arrays: Arrays, name: string, kind: string): NdArray {
  if (!(name in arrays)) throw new Error(`no value is given for the ${kind} ${name}`);
  return arrays[name];
}

function expectShape(v: Value, array: NdArray): void {
  if (shapesEqual(v.shape, array.shape)) return;
  const name = v.leaf && 'name' in v.leaf ? v.leaf.name : (v.op?.opName ?? 'value');
  throw new Error(`${name} is ${formatShape(v.shape)}, but the array given for it is ${formatShape(array.shape)}`);
}
