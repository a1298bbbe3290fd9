/** The values of number, size and string literals. */
// Tested by test/compiler/syntax/parse.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { NumberLiteral, SizeLiteral } from './ast';
import type { Span } from '../source';

/** `400k` is 400000; a fraction or an exponent makes a Float. A number too large to represent is reported and replaced by 1. */
export function readNumber(text: string, span: Span, report: (d: Diagnostic) => void): NumberLiteral {
  const match = /^(\d+)(\.\d+)?([eE][+-]?\d+)?([kM])?$/.exec(text);
  if (!match) return { kind: 'number', span, value: Number.parseFloat(text) || 0, isInteger: false };
  const [, whole, fraction = '', exponent = '', suffix] = match;
  const scale = suffix === 'k' ? 1e3 : suffix === 'M' ? 1e6 : 1;
  const value = Number(whole + fraction + exponent) * scale;
  if (!Number.isFinite(value)) {
    report(diagnose('number-too-large', span, { text }));
    return { kind: 'number', span, value: 1, isInteger: true };
  }
  const isInteger = !exponent && (suffix ? Number.isInteger(value) : !fraction);
  return { kind: 'number', span, value, isInteger };
}

/** `32x48`: height x width. */
export function readSize(text: string, span: Span): SizeLiteral {
  const [height, width] = text.split('x').map(Number);
  return { kind: 'size', span, height, width };
}

const escapes: { readonly [letter: string]: string } = { '"': '"', '\\': '\\', n: '\n', t: '\t', '{': '{', '}': '}' };

/** The text of a string literal; an unknown escape is reported and kept as written. */
export function readString(image: string, span: Span, report: (d: Diagnostic) => void): string {
  const closed = image.length > 1 && image.endsWith('"');
  const inside = image.slice(1, closed ? -1 : undefined);
  return inside.replace(
    /\\(?:u\{([0-9a-fA-F]{1,6})\}|([^]))/g,
    (whole, hex: string | undefined, letter: string | undefined, at: number) => {
      const codePoint = hex ? Number.parseInt(hex, 16) : Infinity;
      if (codePoint <= 0x10ffff) return String.fromCodePoint(codePoint);
      if (letter !== undefined && letter in escapes) return escapes[letter];
      const start = span.start + 1 + at;
      report(diagnose('unknown-escape', { ...span, start, end: start + whole.length }, { escape: whole }));
      return whole;
    },
  );
}
