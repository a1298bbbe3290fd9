/** Costs of ops in floating-point operations (FLOPs), by the usual convention and in full. */
// Tested by test/compiler/ops/define.test.ts.
import { staticSize } from '../ir/dims';

export interface Flops {
  /** Matrix products outside attention: 2 per multiply-add, `2 · rows · in · out` for every linear layer. */
  readonly linear: number;
  /** Both products of attention: `2·n·m·e + 2·n·m·f` for each head. */
  readonly attention: number;
  /** These and everything that the convention counts as free: elementwise ops, norms, softmax, rotations. */
  readonly full: number;
}

export const noFlops: Flops = { linear: 0, attention: 0, full: 0 };

/** Moving elements costs nothing. */
export function free(): Flops {
  return noFlops;
}

/** FLOPs per element of the result. Every function counts as one, however it is implemented. */
export function perElement(weight: number): (sizes: { readonly y: readonly number[] }) => Flops {
  return ({ y }) => ({ ...noFlops, full: weight * staticSize(y) });
}

/** One addition for each element that is read. */
export function perElementRead(shape: readonly number[]): Flops {
  return { ...noFlops, full: staticSize(shape) };
}

/** FLOPs of a softmax per element: maximum, difference, exponential, sum, quotient. */
export const softmaxFlops = 5;

/** Matrix products that the convention counts as those of linear layers. */
export function products(flops: number): Flops {
  return { linear: flops, attention: 0, full: flops };
}
