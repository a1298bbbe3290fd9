/** Open image sizes: both sides are symbols counted in units of pixels, which grow until the model can divide each side evenly. */
import { bindDim, divDims, greatestDivisor, mulDims, symbol, type Dim, staticDim } from '../ir/dims';
import type { Context } from './context';

/** The numbers of pixels that the height and the width must be multiples of. */
export interface Units {
  readonly height: number;
  readonly width: number;
}

/** The open image size of a model. */
export interface OpenSize {
  /** The hyper-parameter that stands for the size. */
  readonly parameter: string;
  /** The height and width may be any multiples of these. */
  readonly units: Units;
  /** The value of the hyper-parameter when it is not left open, in pixels. */
  readonly nominal: { readonly height: number; readonly width: number };
}

/** Thrown when a side must be a multiple of a larger number than assumed; elaboration restarts with these units. */
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

/** The number that a dimension of a model with an open size has at the nominal size. */
export function atNominal(d: Dim, { units, nominal }: OpenSize): number {
  const symbols = { [`height/${units.height}`]: nominal.height / units.height };
  return staticDim(bindDim(d, { ...symbols, [`width/${units.width}`]: nominal.width / units.width }));
}

/** a / b; null if b does not divide a. If b divides a with a larger unit, elaboration restarts with that unit. */
export function divideDims(ctx: Context, a: Dim, b: Dim): Dim | null {
  const quotient = divDims(a, b);
  if (quotient === null && ctx.units && typeof b === 'number' && b > 0) {
    const wider = unitsFor(a, b, ctx.units);
    if (wider) throw new WiderUnits(wider);
  }
  return quotient;
}

/** Units with which `divisor` divides the dimension; null if there are none, or if it is not clear which side must grow. */
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
