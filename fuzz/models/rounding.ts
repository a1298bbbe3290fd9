/** What float32 may make of a program: the reference with every number on the way moved by about half a unit in the last place. */
import type { HostTensors } from '../../src/backends/session';
import { inputName } from '../../src/backends/host';
import { operandsFirst, rootsOf, type NdArray, type Program, type Value } from '../../src/compiler/ir/graph';
import { expandComposites } from '../../src/compiler/ir/substitute';
import { mapBinary } from '../../src/compiler/ops/arrays';
import { isComposite } from '../../src/compiler/ops/define';
import { Random } from '../random';
import type { Problem } from './problem';

const unit = 2 ** -23;

/** Outputs by name; `random` null for the exact ones. */
export type Outputs = { readonly [name: string]: NdArray };

/** A program with its composites written out, to be evaluated several times. */
export interface Evaluator {
  /** `random` null for the exact numbers. */
  run(random: Random | null): Outputs;
  /** Whether two of the exact numbers that are compared are so near each other that rounding may change which is larger. */
  hasNearTies(): boolean;
}

export function evaluatorOf({ program, inputs, weights }: Problem): Evaluator {
  const roots = expandComposites(rootsOf(program), isComposite);
  const order = operandsFirst(roots, new Set());
  const leaves = leavesOf(program, inputs, weights);
  const names = Object.keys(program.outputs);
  const valuesOf = (random: Random | null): Map<Value, NdArray> => {
    const known = new Map<Value, NdArray>();
    for (const v of order) known.set(v, moved(leaves.get(v) ?? compute(v, known), v, random));
    return known;
  };
  let exact: Map<Value, NdArray> | null = null;
  const exactly = (): Map<Value, NdArray> => (exact ??= valuesOf(null));
  return {
    run: (random) => {
      const known = random ? valuesOf(random) : exactly();
      return Object.fromEntries(names.map((name, i) => [name, known.get(roots[i])!]));
    },
    hasNearTies: () => {
      const compared = order.filter((v) => v.op && comparisons.has(v.op.opName) && v.inputs[0].dtype === 'f32');
      return compared.some((v) => isNearTie(v, exactly().get(v.inputs[0])!, exactly().get(v.inputs[1])!));
    },
  };
}

const comparisons = new Set(['less', 'less_equal', 'greater', 'greater_equal', 'equal']);

/** Numbers that are equal to the last bit mostly are one number, or both a nought that a rule gave. */
function isNearTie(v: Value, a: NdArray, b: NdArray): boolean {
  const near = (x: number, y: number): number => {
    const d = Math.abs(x - y);
    return Number(d > 0 && d < 1e-4 * Math.max(1, Math.abs(x), Math.abs(y)));
  };
  return mapBinary(a, b, v.shape as number[], near).data.includes(1);
}

/**
 * The error that is allowed an output: what three roundings of the program made of it, many times over, since a backend sums
 * in another order and its functions are a few units off; and some units of its largest number.
 */
export function allowedErrors(exact: Outputs, rounded: readonly Outputs[]): { readonly [name: string]: number } {
  const allowed = Object.entries(exact).map(([name, { data }]): [string, number] => {
    const spread = Math.max(...rounded.map((r) => largestDifference(r[name].data, data)));
    return [name, 60 * spread + 64 * unit * Math.max(1, ...Array.from(data, Math.abs))];
  });
  return Object.fromEntries(allowed);
}

/** Infinite where one is not a number. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < b.length; i++) {
    const d = Math.abs(a[i] - b[i]);
    most = Number.isNaN(d) ? Infinity : Math.max(most, d);
  }
  return most;
}

/** The numbers of all leaves of a program. */
export function leavesOf(program: Program, inputs: HostTensors, weights: HostTensors): Map<Value, NdArray> {
  const order = operandsFirst([...program.inputs, ...rootsOf(program)], new Set());
  return new Map(order.flatMap((v): [Value, NdArray][] => leafOf(v, inputs, weights)));
}

function leafOf(v: Value, inputs: HostTensors, weights: HostTensors): [Value, NdArray][] {
  if (v.leaf?.kind === 'constant') return [[v, v.leaf.data]];
  if (v.leaf === null) return [];
  const { shape, data } = v.leaf.kind === 'input' ? inputs[inputName(v)] : weights[v.leaf.name];
  return [[v, { shape, data: Float64Array.from(data) }]];
}

function compute(v: Value, known: ReadonlyMap<Value, NdArray>): NdArray {
  // Composites bring constants of their own.
  if (v.leaf?.kind === 'constant') return v.leaf.data;
  return v.op!.evaluate!(
    v.inputs.map((x) => known.get(x)!),
    v.attrs,
    v.type,
  );
}

/** Ops that only move elements round nothing, nor do truth values as numbers. */
const exactOps = new Set([
  'cast',
  'reshape',
  'transpose',
  'broadcast_to',
  'slice',
  'concat',
  'pad',
  'gather',
  'select',
  'barrier',
  'stop_gradient',
]);

function moved(x: NdArray, v: Value, random: Random | null): NdArray {
  if (!random || v.dtype !== 'f32' || (v.op && exactOps.has(v.op.opName))) return x;
  return { shape: x.shape, data: x.data.map((y) => y * (1 + (random.next() - 0.5) * 2 * unit)) };
}
