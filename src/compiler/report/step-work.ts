/** The work and memory of a program on a device, kernel by kernel, with elementwise ops and attention fused. */
import { staticSize } from '../ir/dims';
import { isVariable, rootsOf, topological, type Program, type Value } from '../ir/graph';
import { gather } from '../ops/indexing';
import { slice } from '../ops/movement';
import { is } from '../ops/define';
import { held } from '../invariant';
import { flopsOf } from './flops';
import { insideAttention } from './fused-attention';
import { fusedSteps, heldDuring } from './liveness';
import { asFused, bytesPerElement } from './memory';

/** One kernel: it reads values in memory and writes one value. */
export interface Kernel {
  /** `forward` if the loss depends on it. */
  readonly pass: 'forward' | 'backward';
  /** FLOPs of its matrix products. */
  readonly products: number;
  /** Whether its matrix products are in half precision. */
  readonly half: boolean;
  /** Bytes it reads and writes. */
  readonly bytes: number;
  /** Whether it reads variables only, as a cast of a weight does: in a sharded run each device does its own share of that. */
  readonly ofState: boolean;
}

export interface StepWork {
  readonly kernels: readonly Kernel[];
  /** Bytes held in addition to the variables, before the first kernel and during each. */
  readonly held: readonly number[];
  /** `held` without the values made of variables alone: a sharded run has these copies in the blocks it gathers. */
  readonly heldSharded: readonly number[];
  /** FLOPs of the program's matrix products, each counted once even if fused attention repeats it. */
  readonly products: number;
}

/** The work of a program without symbolic sizes. New state takes the place of the old. */
export function workOf(program: Program): StepWork {
  const fused = asFused(program);
  const order = topological(rootsOf(fused));
  const { steps, kept, inPlace } = fusedSteps(fused, insideAttention(fused));
  const ofState = madeOfState(order);
  const beside = (v: Value): number => (inPlace.has(v) ? 0 : bytesOf(v));
  const all = heldDuring(steps, kept, beside);
  const sharded = heldDuring(steps, kept, (v) => (ofState.has(v) ? 0 : beside(v)));
  return {
    kernels: kernelsOf(order, { stored: new Set(steps.map(({ value }) => value)), forward: forwardOf(fused), ofState }),
    held: [all.before, ...all.held.map((h) => h.during)],
    heldSharded: [sharded.before, ...sharded.held.map((h) => h.during)],
    products: order.reduce((sum, v) => sum + productsOf(v), 0),
  };
}

/** The values that the loss is computed from; all values if the program has no loss. */
function forwardOf({ outputs }: Program): ReadonlySet<Value> {
  return new Set(topological(outputs.loss ? [outputs.loss] : Object.values(outputs)));
}

/** Values that depend on variables but on no input. */
function madeOfState(order: readonly Value[]): Set<Value> {
  const found = new Set<Value>();
  const isState = (v: Value): boolean => found.has(v) || v.leaf?.kind === 'variable' || v.leaf?.kind === 'constant';
  for (const v of order) {
    if (v.op && v.inputs.every(isState) && v.inputs.some((x) => found.has(x) || isVariable(x))) found.add(v);
  }
  return found;
}

/** What a value without memory is computed from: the elements read of each stored value, and the matrix products needed. */
interface Origin {
  readonly reads: ReadonlyMap<Value, number>;
  readonly products: ReadonlySet<Value>;
}

/** Known facts about the values of a program. */
interface Known {
  readonly stored: ReadonlySet<Value>;
  readonly forward: ReadonlySet<Value>;
  readonly ofState: ReadonlySet<Value>;
}

function kernelsOf(order: readonly Value[], { stored, forward, ofState }: Known): Kernel[] {
  const origins = new Map<Value, Origin>();
  /** Products without memory are computed once in each pass, by the first kernel that needs them. */
  const computed = { forward: new Set<Value>(), backward: new Set<Value>() };
  const kernels: Kernel[] = [];
  for (const v of order) {
    const isKernel = stored.has(v);
    if (!v.op) {
      origins.set(v, originOf(v));
      continue;
    }
    const { reads, products } = together(v.inputs.map((x) => held(origins, x)));
    const window = is(v, slice, gather) ? staticSize(v.shape) : Infinity;
    const elements = new Map([...reads].map(([x, n]) => [x, Math.min(n, window)]));
    if (!isKernel) {
      origins.set(v, { reads: elements, products: productsOf(v) > 0 ? new Set([...products, v]) : products });
      continue;
    }
    origins.set(v, originOf(v));
    const pass = forward.has(v) ? 'forward' : 'backward';
    const done = [v, ...products].filter((p) => productsOf(p) > 0 && !computed[pass].has(p));
    for (const p of done) computed[pass].add(p);
    const read = [...elements].reduce((sum, [x, n]) => sum + n * bytesPerElement[x.dtype], 0);
    kernels.push({
      pass,
      products: done.reduce((sum, p) => sum + productsOf(p), 0),
      half: done.some((p) => bytesPerElement[p.inputs[0].dtype] === 2),
      bytes: read + bytesOf(v),
      ofState: ofState.has(v),
    });
  }
  return kernels;
}

function originOf(v: Value): Origin {
  return { reads: new Map([[v, staticSize(v.shape)]]), products: new Set() };
}

/** The combined origin of several operands; the elements read of one value are at most all of it. */
function together(origins: readonly Origin[]): Origin {
  if (origins.length === 1) return origins[0];
  const reads = new Map<Value, number>();
  const products = new Set<Value>();
  for (const origin of origins) {
    for (const [x, n] of origin.reads) reads.set(x, Math.min(staticSize(x.shape), (reads.get(x) ?? 0) + n));
    for (const p of origin.products) products.add(p);
  }
  return { reads, products };
}

function productsOf(v: Value): number {
  const { linear, attention } = flopsOf(v, {});
  return linear + attention;
}

function bytesOf(v: Value): number {
  return staticSize(v.shape) * bytesPerElement[v.dtype];
}
