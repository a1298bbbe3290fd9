/** Letters as lines, so that charts look the same on every machine, also on those without fonts. */
// Tested by test/data/loss-curve.test.ts.

/** Strokes on a grid 4 wide; the base line is y = 0 and small letters reach 4, capitals and digits 6. `/` lifts the pen. */
const glyphs: { readonly [letter: string]: string } = {
  '0': '1,0 0,1 0,5 1,6 3,6 4,5 4,1 3,0 1,0',
  '1': '1,5 2,6 2,0',
  '2': '0,5 1,6 3,6 4,5 4,4 0,0 4,0',
  '3': '0,6 4,6 2,3.6 3,3.6 4,2.6 4,1 3,0 1,0 0,1',
  '4': '3,0 3,6 0,2 4,2',
  '5': '4,6 0.5,6 0.3,3.4 3,3.6 4,2.6 4,1 3,0 1,0 0,1',
  '6': '3.6,6 2,6 0.4,4 0,2 0,1 1,0 3,0 4,1 4,2.4 3,3.4 1,3.4 0,2.4',
  '7': '0,6 4,6 1.5,0',
  '8': '1,3.2 0,4.2 0,5 1,6 3,6 4,5 4,4.2 3,3.2 1,3.2 0,2.2 0,1 1,0 3,0 4,1 4,2.2 3,3.2',
  '9': '0.4,0 2,0 3.6,2 4,4 4,5 3,6 1,6 0,5 0,3.6 1,2.6 3,2.6 4,3.6',
  a: '3.5,4 3.5,0 / 3.5,3 2.5,4 1,4 0,3 0,1 1,0 2.5,0 3.5,1',
  b: '0,6 0,0 / 0,1 1,0 2.5,0 3.5,1 3.5,3 2.5,4 1,4 0,3',
  c: '3.5,3.2 2.6,4 1,4 0,3 0,1 1,0 2.6,0 3.5,0.8',
  d: '3.5,6 3.5,0 / 3.5,1 2.5,0 1,0 0,1 0,3 1,4 2.5,4 3.5,3',
  e: '0,2 3.5,2 3.5,3 2.6,4 1,4 0,3 0,1 1,0 2.6,0 3.4,0.6',
  f: '3,5.6 2.4,6 1.8,6 1.2,5.4 1.2,0 / 0,4 2.6,4',
  g: '3.5,4 3.5,-1 2.5,-2 1,-2 0.2,-1.5 / 3.5,3 2.5,4 1,4 0,3 0,1 1,0 2.5,0 3.5,1',
  h: '0,6 0,0 / 0,3 1,4 2.5,4 3.5,3 3.5,0',
  i: '1.5,4 1.5,0 / 1.5,5.6 1.5,5.8',
  j: '2,4 2,-1 1.2,-2 0.4,-2 / 2,5.6 2,5.8',
  k: '0,6 0,0 / 3.2,4 0,1.4 / 1.2,2.4 3.4,0',
  l: '1.5,6 1.5,0.6 2.1,0',
  m: '0,4 0,0 / 0,3.2 0.8,4 1.4,4 2,3.2 2,0 / 2,3.2 2.8,4 3.4,4 4,3.2 4,0',
  n: '0,4 0,0 / 0,3 1,4 2.5,4 3.5,3 3.5,0',
  o: '1,0 0,1 0,3 1,4 2.5,4 3.5,3 3.5,1 2.5,0 1,0',
  p: '0,4 0,-2 / 0,1 1,0 2.5,0 3.5,1 3.5,3 2.5,4 1,4 0,3',
  q: '3.5,4 3.5,-2 / 3.5,1 2.5,0 1,0 0,1 0,3 1,4 2.5,4 3.5,3',
  r: '0.4,4 0.4,0 / 0.4,2.8 1.4,4 2.8,4',
  s: '3.3,3.4 2.6,4 0.9,4 0.2,3.4 0.2,2.7 0.9,2.1 2.7,1.9 3.4,1.3 3.4,0.7 2.6,0 0.8,0 0,0.6',
  t: '1.4,5.4 1.4,0.7 2.1,0 3,0 / 0.2,4 2.8,4',
  u: '0,4 0,1 1,0 2.5,0 3.5,1 / 3.5,4 3.5,0',
  v: '0,4 1.8,0 3.6,4',
  w: '0,4 1,0 2,3.4 3,0 4,4',
  x: '0.1,4 3.5,0 / 3.5,4 0.1,0',
  y: '0,4 1.8,0 / 3.6,4 1.2,-2 0.2,-2',
  z: '0.2,4 3.5,4 0.1,0 3.6,0',
  '.': '1.5,0 1.5,0.2',
  ',': '1.7,0.2 1.2,-1',
  '-': '0.6,2.4 3.2,2.4',
  '+': '0.2,2.4 3.4,2.4 / 1.8,4 1.8,0.8',
  _: '0,-0.6 4,-0.6',
  ':': '1.5,0 1.5,0.2 / 1.5,3.4 1.5,3.6',
  '/': '0.2,-0.6 3.6,6.4',
  '(': '2.6,6.6 1.6,5 1.2,3 1.6,1 2.6,-0.6',
  ')': '1,6.6 2,5 2.4,3 2,1 1,-0.6',
  '=': '0.4,3.2 3.4,3.2 / 0.4,1.6 3.4,1.6',
  '#': '1.2,0.4 1.6,5.6 / 2.8,0.4 3.2,5.6 / 0,2 4,2 / 0.2,4 4.2,4',
  '%': '0,0 4,6 / 0.2,5 1,5.8 1.8,5 1,4.2 0.2,5 / 2.4,1 3.2,1.8 4,1 3.2,0.2 2.4,1',
  '?': '0.2,5 1,6 3,6 3.8,5 3.8,4.2 2,2.8 2,1.8 / 2,0 2,0.2',
};

const ADVANCE = 5.4;

export interface Lettering {
  readonly x: number;
  /** The base line. */
  readonly y: number;
  /** Height of a digit, in pixels. */
  readonly size: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly colour?: string;
}

/** An SVG path of the text. Capitals are drawn as small letters, unknown signs as `?`. */
export function lettering(text: string, { x, y, size, anchor = 'start', colour = '#333' }: Lettering): string {
  const unit = size / 6;
  const width = (text.length * ADVANCE - (ADVANCE - 4)) * unit;
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  const point = (at: number, pair: string): string => {
    const [px, py] = pair.split(',').map(Number);
    return `${(left + (at * ADVANCE + px) * unit).toFixed(2)} ${(y - py * unit).toFixed(2)}`;
  };
  const strokes = [...text.toLowerCase()].flatMap((letter, at) =>
    letter === ' '
      ? []
      : (glyphs[letter] ?? glyphs['?']).split(' / ').map(
          (stroke) =>
            `M${stroke
              .split(' ')
              .map((p) => point(at, p))
              .join('L')}`,
        ),
  );
  const style = `fill="none" stroke="${colour}" stroke-width="${(unit * 0.8).toFixed(2)}" stroke-linecap="round" stroke-linejoin="round"`;
  return `<path ${style} d="${strokes.join('')}"/>`;
}
