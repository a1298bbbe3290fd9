/** Image sizes left open: both sides are symbols counted in units, which grow until all that the model divides a side by goes in. */
import { bindDim, divDims, greatestDivisor, mulDims, symbol, type Dim, staticDim } from '../ir/dims';
import type { Context } from './context';

/** Whole numbers of pixels that a height and a width are multiples of. */
export interface Units {
  readonly height: number;
  readonly width: number;
}

/** What of a model's image size is open. */
export interface OpenSize {
  /** The hyper-parameter that stands for the size. */
  readonly parameter: string;
  /** Any multiples of these will do. */
  readonly units: Units;
  /** The size the hyper-parameter has where it is not left open. */
  readonly nominal: { readonly height: number; readonly width: number };
}

/** Thrown where a side must be a multiple of a larger number than assumed; elaboration restarts with these units. */
export class WiderUnits extends Error {
  constructor(readonly units: Units) {
    super(`a size is needed in units of ${units.height}x${units.width}`);
  }
}

const largestUnit = 2 ** 16;

/** The open sides as dimensions: `16 * (height/16)` for a unit of 16. */
export function openSides(units: Units): { height: Dim; width: Dim } {
  const side = (name: keyof Units): Dim => mulDims(symbol(`${name}/${units[name]}`), units[name]);
  return { height: side('height'), width: side('width') };
}

/** A dimension of a model whose size is open, at the size its hyper-parameter has. */
export function atNominal(d: Dim, { units, nominal }: OpenSize): number {
  const symbols = { [`height/${units.height}`]: nominal.height / units.height };
  return staticDim(bindDim(d, { ...symbols, [`width/${units.width}`]: nominal.width / units.width }));
}

/** a / b, null where b does not divide a. Elaboration restarts if b would divide sides that are multiples of a larger unit. */
export function divideDims(ctx: Context, a: Dim, b: Dim): Dim | null {
  const quotient = divDims(a, b);
  if (quotient === null && ctx.units && typeof b === 'number' && b > 0) {
    const wider = unitsFor(a, b, ctx.units);
    if (wider) throw new WiderUnits(wider);
  }
  return quotient;
}

/** Units in which `divisor` divides the dimension; null where there are none, or where either side could be meant. */
function unitsFor(d: Dim, divisor: number, units: Units): Units | null {
  if (typeof d === 'number') return null;
  let { height, width } = units;
  for (const [monomial, coefficient] of d.terms) {
    const missing = divisor / greatestDivisor(divisor, coefficient);
    if (missing === 1) continue;
    const sides = monomial.split('*').filter((s) => /^(height|width)\//.test(s));
    if (sides.length !== 1) return null;
    if (sides[0].startsWith('height')) height = leastMultiple(height, units.height * missing);
    else width = leastMultiple(width, units.width * missing);
  }
  return Math.max(height, width) <= largestUnit ? { height, width } : null;
}

function leastMultiple(a: number, b: number): number {
  return (a / greatestDivisor(a, b)) * b;
}
