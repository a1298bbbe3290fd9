/** Dimensions: whole numbers, or polynomials over named symbols such as `batch`, compared and divided exactly. */

/** The size of one axis: a number, or a polynomial over symbols (`batch`, `text`, `height/16`: the height divided by 16). */
export type Dim = number | SymbolicDim;
export type Shape = readonly Dim[];
/** Values for symbols, by name. */
export type Bindings = { readonly [symbol: string]: number };
/** Sizes to put in place of symbols: numbers, or other polynomials (`batch` → `2*batch`). */
export type Substitution = { readonly [symbol: string]: Dim };

/** Σ coefficient · monomial; a monomial is a sorted list of symbol names joined by `*` (`''` is the constant term). */
export class SymbolicDim {
  constructor(readonly terms: ReadonlyMap<string, number>) {}
  toString(): string {
    return formatDim(this);
  }
}

const mostTerms = 1000;
const mostFactors = 64;

/** Thrown if a product of sizes would be a polynomial that takes too long to compute with. */
export class UnwieldyDim extends Error {
  constructor() {
    super(`${mostTerms} terms of ${mostFactors} factors`);
  }
}

export function symbol(name: string): SymbolicDim {
  return new SymbolicDim(new Map([[name, 1]]));
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const sum = new Map(termsOf(a));
  for (const [m, c] of termsOf(b)) sum.set(m, (sum.get(m) ?? 0) + c);
  return normalize(sum);
}

export function mulDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number') return scaled(b, a);
  if (typeof b === 'number') return scaled(a, b);
  if (termsOf(a).size * termsOf(b).size > mostTerms || degreeOf(a) + degreeOf(b) > mostFactors) throw new UnwieldyDim();
  const out = new Map<string, number>();
  for (const [m, c] of termsOf(a))
    for (const [n, d] of termsOf(b)) {
      const key = [...factors(m), ...factors(n)].sort().join('*');
      out.set(key, (out.get(key) ?? 0) + c * d);
    }
  return normalize(out);
}

export function subDims(a: Dim, b: Dim): Dim {
  return addDims(a, mulDims(b, -1));
}

/** a / b when b is a single term that divides every term of a, else null. */
export function divDims(a: Dim, b: Dim): Dim | null {
  if (dimsEqual(a, b)) return 1;
  if (typeof a === 'number' && typeof b === 'number') return b !== 0 && a % b === 0 ? a / b : null;
  const divisor = [...termsOf(b)];
  if (divisor.length !== 1) return null;
  const [m, c] = divisor[0];
  const out = new Map<string, number>();
  for (const [n, d] of termsOf(a)) {
    const rest = [...factors(n)];
    for (const f of factors(m)) {
      const at = rest.indexOf(f);
      if (at < 0) return null;
      rest.splice(at, 1);
    }
    if (d % c !== 0) return null;
    out.set(rest.join('*'), d / c);
  }
  return normalize(out);
}

export function dimsEqual(a: Dim, b: Dim): boolean {
  if (a === b) return true;
  if (typeof a === 'number' || typeof b === 'number') return false;
  return a.terms.size === b.terms.size && [...a.terms].every(([m, c]) => b.terms.get(m) === c);
}

export function shapesEqual(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => dimsEqual(d, b[i]));
}

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): Dim {
  // The numbers first, so that a polynomial is multiplied once.
  let factor = 1;
  let rest: Dim = 1;
  for (const d of shape) {
    if (typeof d === 'number') factor *= d;
    else rest = mulDims(rest, d);
  }
  return mulDims(rest, factor);
}

/** Number of elements of a shape without symbols; throws if it has one. */
export function staticSize(shape: Shape): number {
  return staticShape(shape).reduce((a, b) => a * b, 1);
}

/** The shape as plain numbers; a symbol left in it is an error of the caller. */
export function staticShape(shape: Shape): number[] {
  return shape.map((d) => staticDim(d, shape));
}

/** A dimension (of a shape) as a plain number; throws if it has a symbol. */
export function staticDim(d: Dim, shape: Shape = [d]): number {
  if (typeof d !== 'number') throw new Error(`dimension ${formatDim(d)} of ${formatShape(shape)} is not bound`);
  return d;
}

export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((d) => typeof d === 'number');
}

/** A dimension of the form `coefficient · symbol + offset`; null for a number or any other polynomial. */
export function linearDim(d: Dim): { symbol: string; coefficient: number; offset: number } | null {
  if (typeof d === 'number') return null;
  const offset = constantTerm(d);
  const rest = [...d.terms].filter(([m]) => m !== '');
  if (rest.length !== 1 || rest[0][0].includes('*')) return null;
  return { symbol: rest[0][0], coefficient: rest[0][1], offset };
}

/** The constant term. */
export function constantTerm(d: Dim): number {
  return termsOf(d).get('') ?? 0;
}

/** The least and the greatest value of a dimension whose symbols are at least 1; infinite if the signs of its terms differ. */
export function boundsOf(d: Dim): { least: number; most: number } {
  const terms = [...termsOf(d)];
  const atOnes = terms.reduce((sum, [, c]) => sum + c, 0);
  const grows = terms.every(([m, c]) => m === '' || c > 0);
  const shrinks = terms.every(([m, c]) => m === '' || c < 0);
  return { least: grows ? atOnes : -Infinity, most: shrinks ? atOnes : Infinity };
}

/** Replaces the symbols in `bindings`; others stay. */
export function bindDim(d: Dim, bindings: Substitution): Dim {
  if (typeof d === 'number') return d;
  let out: Dim = 0;
  for (const [m, c] of d.terms) {
    let term: Dim = c;
    for (const f of factors(m)) term = mulDims(term, f in bindings ? bindings[f] : symbol(f));
    out = addDims(out, term);
  }
  return out;
}

export function bindShape(shape: Shape, bindings: Substitution): Shape {
  return shape.map((d) => bindDim(d, bindings));
}

export function formatDim(d: Dim): string {
  if (typeof d === 'number') return String(d);
  return [...d.terms].map(([m, c]) => formatTerm(m, c)).join(' + ');
}

/** The symbol `height/16` is the height divided by 16, so `16*height/16` is written `height`. */
function formatTerm(monomial: string, coefficient: number): string {
  let rest = coefficient;
  const parts = factors(monomial).map((factor) => {
    const [name, unit] = factor.split('/');
    if (unit === undefined) return factor;
    const common = greatestDivisor(rest, Number(unit));
    rest /= common;
    return common === Number(unit) ? name : `${name}/${Number(unit) / common}`;
  });
  return (rest === 1 && parts.length > 0 ? parts : [rest, ...parts]).join('*');
}

/** The greatest common divisor of two whole numbers. */
export function greatestDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestDivisor(b, a % b);
}

/** The common shape under numpy's broadcasting: aligned at the last axis, equal or 1. The axis, counted from the end, if one does not fit. */
export function commonShape(a: Shape, b: Shape): Shape | number {
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const p = a[a.length - rank + i] ?? 1;
    const q = b[b.length - rank + i] ?? 1;
    if (!dimsEqual(p, q) && p !== 1 && q !== 1) return i - rank;
    out.push(p === 1 ? q : p);
  }
  return out;
}

export function formatShape(shape: Shape): string {
  return `[${shape.map(formatDim).join(', ')}]`;
}

function termsOf(d: Dim): ReadonlyMap<string, number> {
  return typeof d === 'number' ? new Map(d === 0 ? [] : [['', d]]) : d.terms;
}

function scaled(d: Dim, factor: number): Dim {
  if (typeof d === 'number') return d * factor;
  if (factor === 1) return d;
  if (factor === 0) return 0;
  return new SymbolicDim(new Map([...d.terms].map(([m, c]) => [m, c * factor])));
}

/** The largest number of symbols in one term. */
function degreeOf(d: Dim): number {
  return Math.max(0, ...[...termsOf(d).keys()].map((m) => factors(m).length));
}

function factors(monomial: string): string[] {
  return monomial === '' ? [] : monomial.split('*');
}

function normalize(terms: Map<string, number>): Dim {
  const kept = [...terms].filter(([, c]) => c !== 0).sort(([m], [n]) => (m < n ? -1 : 1));
  if (kept.length === 0) return 0;
  if (kept.length === 1 && kept[0][0] === '') return kept[0][1];
  return new SymbolicDim(new Map(kept));
}
