/** How much memory the values of a program take at the same time: op by op, or with chains of elementwise ops fused. */
import { sizeOf } from '../ir/dims';
import { isVariable, rootsOf, topological, type Program, type Value } from '../ir/graph';
import { is } from '../ops/define';
import { broadcastTo } from '../ops/movement';
import { reduceMax, reduceMean, reduceSum } from '../ops/reduction';
import type { MemoryUse } from '../ops/traits';
import { held } from '../invariant';

/** Bytes that a run holds beside its variables: inputs, constants and results. */
export interface Liveness {
  /** At the fullest moment. */
  readonly peak: number;
  /** When the value `at` is known. */
  readonly at: number;
}

type BytesOf = (v: Value) => number;

/**
 * On a backend that runs op by op, in the order of `topological`: every op has a result of its own, held up to the last op
 * that reads it; reshapes share their operand's memory. New state stands beside the old up to the end.
 */
export function opByOpLiveness(program: Program, at: Value, bytesOf: BytesOf): Liveness {
  const order = topological(rootsOf(program));
  const steps = order.flatMap((v) => (!v.op || isView(v) ? [] : [{ value: v, reads: v.inputs.map(storageOf) }]));
  return livenessOf(steps, new Set(rootsOf(program).map(storageOf)), storageOf(at), bytesOf);
}

/**
 * Under a compiler that fuses (XLA): only `storedValues` have memory, held up to the last stored value that is computed from
 * them; new state takes the place of the old. Composites must have been written out.
 */
export function fusedLiveness(program: Program, at: Value, bytesOf: BytesOf): Liveness {
  const { steps, kept, inPlace } = fusedSteps(program);
  return livenessOf(steps, kept, storageOf(at), (v) => (inPlace.has(v) ? 0 : bytesOf(v)));
}

/** What a fusing compiler makes of a program. */
export interface FusedSteps {
  readonly steps: readonly Step[];
  /** Values with memory that outputs read. */
  readonly kept: ReadonlySet<Value>;
  /** New state, which takes the place of the old. */
  readonly inPlace: ReadonlySet<Value>;
}

/** One step for each stored value. Those of `never` get no memory: what reads them computes them again. */
export function fusedSteps(program: Program, never: ReadonlySet<Value> = new Set()): FusedSteps {
  const order = topological(rootsOf(program));
  const stored = storedValues(order, rootsOf(program).map(storageOf));
  for (const v of never) stored.delete(v);
  const sources = new Map<Value, readonly Value[]>();
  const steps: Step[] = [];
  for (const v of order) {
    const [first, ...others] = v.inputs.map((x) => held(sources, x));
    const reads = others.length === 0 ? (first ?? []) : [...new Set([first, ...others].flat())];
    sources.set(v, stored.has(v) ? [v] : reads);
    if (v.op && stored.has(v)) steps.push({ value: v, reads });
  }
  return {
    steps,
    kept: new Set(Object.values(program.outputs).map(storageOf)),
    inPlace: new Set(program.updates.map((u) => storageOf(u.value))),
  };
}

/** A value that gets memory of its own, and those with memory that it is computed from. */
export interface Step {
  readonly value: Value;
  readonly reads: readonly Value[];
}

function livenessOf(steps: readonly Step[], kept: ReadonlySet<Value>, at: Value, bytesOf: BytesOf): Liveness {
  const { before, held } = heldDuring(steps, kept, bytesOf);
  const peak = held.reduce((most, bytes) => Math.max(most, bytes.during), before);
  return { peak, at: held[steps.findIndex(({ value }) => value === at)]?.after ?? before };
}

/** Bytes held while a step runs, and once what nothing reads any more is gone. */
export interface Held {
  readonly during: number;
  readonly after: number;
}

/** Runs through the steps and frees each value, unless it is `kept`, after its last reader. Leaves are there from the start. */
export function heldDuring(
  steps: readonly Step[],
  kept: ReadonlySet<Value>,
  bytesOf: BytesOf,
): { readonly before: number; readonly held: readonly Held[] } {
  const last = new Map<Value, number>();
  steps.forEach(({ value, reads }, i) => [value, ...reads].forEach((v) => last.set(v, i)));
  const dying = steps.map((): Value[] => []);
  let before = 0;
  for (const [v, i] of last) {
    if (isVariable(v)) continue;
    if (!v.op) before += bytesOf(v);
    if (v.leaf?.kind !== 'constant' && !kept.has(v)) dying[i].push(v);
  }
  let bytes = before;
  const held = steps.map(({ value }, i): Held => {
    const during = (bytes += bytesOf(value));
    for (const v of dying[i]) bytes -= bytesOf(v);
    return { during, after: bytes };
  });
  return { before, held };
}

/**
 * What a fusing compiler writes to memory, as XLA's buffer assignments show it: roots, results of matrix products and
 * reductions, whatever these must read from memory, and of the elementwise ops those that several stored values are computed
 * from, unless computing them again is as good as reading them: cheap arithmetic on one tensor of their size.
 */
function storedValues(order: readonly Value[], roots: readonly Value[]): Set<Value> {
  const stored = new Set<Value>(roots);
  /** The one stored value that a value is computed into; null where there are several. */
  const goal = new Map<Value, Value | null>();
  for (const v of order.toReversed()) {
    if (!isFusible(v) || (goal.get(v) === null && !isCheapToRepeat(v))) stored.add(v);
    const found = goal.get(v);
    // What a root is a view of has the root's memory.
    const next = stored.has(v) ? v : found === undefined ? storageOf(v) : found;
    for (const x of v.inputs) {
      goal.set(x, goal.has(x) && goal.get(x) !== next ? null : next);
      if (readsFromMemory(v, x)) stored.add(storageOf(x));
    }
  }
  return stored;
}

/** Single numbers are never worth the question. */
function isFusible(v: Value): boolean {
  return v.op !== null && ['view', 'cheap', 'costly'].includes(memoryUse(v)) && sizeOf(v.shape) !== 1;
}

/** Products, reductions over other axes than the last, and what would repeat a costly op for each copy of an element. */
function readsFromMemory(v: Value, x: Value): boolean {
  if (memoryUse(v) === 'whole') return true;
  if (is(v, reduceSum, reduceMean, reduceMax)) return !v.attrs.axes.includes(x.shape.length - 1);
  return memoryUse(x) === 'costly' && Number(sizeOf(v.shape)) > Number(sizeOf(x.shape));
}

function isCheapToRepeat(v: Value): boolean {
  const size = sizeOf(v.shape);
  const wide = v.inputs.filter((x) => !is(x, broadcastTo) && sizeOf(x.shape) === size);
  return memoryUse(v) !== 'costly' && wide.length <= 1;
}

function isView(v: Value): boolean {
  return v.op !== null && memoryUse(v) === 'view';
}

/** Leaves are in memory. */
export function memoryUse(v: Value): MemoryUse {
  return v.op?.traits.memory ?? 'whole';
}

/** The value whose memory this one reads. */
function storageOf(v: Value): Value {
  return isView(v) ? storageOf(v.inputs[0]) : v;
}
