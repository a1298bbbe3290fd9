/** Scalar functions that JavaScript lacks, in float64, and rounding to narrower types. */
import type { DType } from '../ir/graph';
import { roundToBf16, roundToF16 } from '../ir/half';

/** The largest finite 32-bit float. */
export const largestFloat = 3.4028234663852886e38;

const twoOverSqrtPi = 2 / Math.sqrt(Math.PI);

/** erf x = 2/√π · ∫₀ˣ exp(−s²) ds, to a few units in the last place. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  return a < 2.5 ? erfSeries(x) : Math.sign(x) * (1 - erfcFraction(a));
}

/** erf x = 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!; all terms have one sign, so nothing cancels. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return twoOverSqrtPi * Math.exp(-x * x) * sum;
}

/** erfc x = exp(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), evaluated from the inside; converged for x ≥ 2.5. */
function erfcFraction(x: number): number {
  let tail = x;
  for (let n = 80; n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}

/** 1 / (1 + exp(−x)), without overflow. */
export function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** Rounds a value to a dtype; f32 stays exact, because the reference computes in float64. */
export function roundTo(dtype: DType): (x: number) => number {
  switch (dtype) {
    case 'f32':
      return (x) => x;
    case 'bf16':
      return roundToBf16;
    case 'f16':
      return roundToF16;
    case 'i32':
      return (x) => Math.trunc(x) + 0;
    case 'bool':
      return (x) => Number(x !== 0);
  }
}

/** A finite stand-in for −∞. Its exponential is 0 beside any real score, and a row with no other score gives no NaN. */
export function hiddenScore(dtype: DType): number {
  return dtype === 'f16' ? -60000 : -1e30;
}
