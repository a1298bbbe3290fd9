/** The memory of values that are live at the same time: op by op, or with chains of elementwise ops fused. */
import { sizeOf } from '../ir/dims';
import { isVariable, rootsOf, topological, type Program, type Value } from '../ir/graph';
import { is } from '../ops/define';
import { broadcastTo } from '../ops/movement';
import { reduceMax, reduceMean, reduceSum } from '../ops/reduction';
import type { MemoryUse } from '../ops/traits';
import { held } from '../invariant';

/** Bytes that a run holds in addition to its variables: inputs, constants and results. */
export interface Liveness {
  /** The maximum over time. */
  readonly peak: number;
  /** At the time when the value `at` has been computed. */
  readonly at: number;
}

type BytesOf = (v: Value) => number;

/**
 * For a backend that runs op by op, in the order of `topological`: every op has its own result, held until the last op
 * that reads it; reshapes share their operand's memory. New state is held beside the old until the end.
 */
export function opByOpLiveness(program: Program, at: Value, bytesOf: BytesOf): Liveness {
  const order = topological(rootsOf(program));
  const steps = order.flatMap((v) => (!v.op || isView(v) ? [] : [{ value: v, reads: v.inputs.map(storageOf) }]));
  return livenessOf(steps, new Set(rootsOf(program).map(storageOf)), storageOf(at), bytesOf);
}

/**
 * For a compiler that fuses (XLA): only `storedValues` have memory, held until the last stored value that is computed from
 * them; new state takes the place of the old. Composites must be expanded first.
 */
export function fusedLiveness(program: Program, at: Value, bytesOf: BytesOf): Liveness {
  const { steps, kept, inPlace } = fusedSteps(program);
  return livenessOf(steps, kept, storageOf(at), (v) => (inPlace.has(v) ? 0 : bytesOf(v)));
}

/** The steps of a program under a fusing compiler. */
export interface FusedSteps {
  readonly steps: readonly Step[];
  /** Stored values that outputs read. */
  readonly kept: ReadonlySet<Value>;
  /** New state, which takes the place of the old. */
  readonly inPlace: ReadonlySet<Value>;
}

/** One step for each stored value. Values in `never` get no memory: their readers compute them again. */
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

/** A value with its own memory, and the values with memory that it is computed from. */
export interface Step {
  readonly value: Value;
  readonly reads: readonly Value[];
}

function livenessOf(steps: readonly Step[], kept: ReadonlySet<Value>, at: Value, bytesOf: BytesOf): Liveness {
  const { before, held } = heldDuring(steps, kept, bytesOf);
  const peak = held.reduce((most, bytes) => Math.max(most, bytes.during), before);
  return { peak, at: held[steps.findIndex(({ value }) => value === at)]?.after ?? before };
}

/** Bytes held during a step, and after values without further readers are freed. */
export interface Held {
  readonly during: number;
  readonly after: number;
}

/** Runs through the steps and frees each value after its last reader, unless it is `kept`. Leaves exist from the start. */
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
 * The values that a fusing compiler writes to memory, as XLA's buffer assignments show: roots, results of matrix products and
 * reductions, and whatever these must read from memory. An elementwise op is stored too if several stored values are computed
 * from it, unless computing it again costs no more than reading it: cheap arithmetic on one tensor of its size.
 */
function storedValues(order: readonly Value[], roots: readonly Value[]): Set<Value> {
  const stored = new Set<Value>(roots);
  /** The one stored value for which a value is computed; null if there are several. */
  const goal = new Map<Value, Value | null>();
  for (const v of order.toReversed()) {
    if (!isFusible(v) || (goal.get(v) === null && !isCheapToRepeat(v))) stored.add(v);
    const found = goal.get(v);
    // If a root is a view of a value, the two share memory.
    const next = stored.has(v) ? v : found === undefined ? storageOf(v) : found;
    for (const x of v.inputs) {
      goal.set(x, goal.has(x) && goal.get(x) !== next ? null : next);
      if (readsFromMemory(v, x)) stored.add(storageOf(x));
    }
  }
  return stored;
}

/** Whether a value can be fused into its readers; single numbers are never fused, since they take no memory worth saving. */
function isFusible(v: Value): boolean {
  return v.op !== null && ['view', 'cheap', 'costly'].includes(memoryUse(v)) && sizeOf(v.shape) !== 1;
}

/**
 * Whether v reads x from memory: products, reductions over axes other than the last, and ops that would repeat a costly op
 * for each copy of an element.
 */
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

/** The memory use of a value's op; leaves are in memory. */
export function memoryUse(v: Value): MemoryUse {
  return v.op?.traits.memory ?? 'whole';
}

/** The value that owns the memory of this one: a view shares its operand's. */
function storageOf(v: Value): Value {
  return isView(v) ? storageOf(v.inputs[0]) : v;
}
