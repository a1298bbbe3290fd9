/** Refuses drawings (SVG) of impossible sizes before they are rendered: the renderer would write complaints of its own on stderr. */

/** The longest side that is rendered, in pixels. */
const longestSide = 32_767;

/** Pixels in a unit of length; those of a font are taken as 16 pixels. */
const units: { readonly [unit: string]: number } = {
  '': 1,
  px: 1,
  in: 96,
  cm: 96 / 2.54,
  mm: 9.6 / 2.54,
  pt: 4 / 3,
  pc: 16,
  em: 16,
  ex: 8,
};

/** Throws if a drawing asks for a side of more than 32,767 pixels, by its attributes or in a style. */
export function requireDrawable(svg: Buffer): void {
  // Letters of two bytes have a zero in one of them.
  const text = svg.toString('latin1').replaceAll('\0', '');
  const root = /<(?:\w+:)?svg\b(?:[^>"']|"[^"]*"|'[^']*')*/.exec(text)?.[0] ?? '';
  const sides = ['width', 'height'].map((name) => attribute(root, name));
  const box =
    attribute(root, 'viewBox')
      ?.trim()
      .split(/[\s,]+/) ?? [];
  // A side that is not stated is that of the box.
  const stated = sides.map((side, i) => (side === null || side.trim().endsWith('%') ? (box[i + 2] ?? null) : side));
  const styled = [...text.matchAll(/(?<![-\w])(?:width|height)\s*:\s*([^;}"'<]{1,60})/g)].map((m) => m[1]);
  for (const side of [...stated, ...styled]) if (side !== null) requireLength(side);
}

function attribute(tag: string, name: string): string | null {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(tag);
  return found ? (found[1] ?? found[2]) : null;
}

function requireLength(side: string): void {
  if (side.includes('&')) throw new Error('the size it states is an entity, which is not followed');
  const [, number = '', unit = ''] = /^\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*([a-z]*)/i.exec(side) ?? [];
  const pixels = Number(number) * (units[unit.toLowerCase()] ?? 1);
  if (pixels > longestSide)
    throw new Error(`it states a side of ${side.trim()}, and at most ${longestSide} pixels are rendered`);
}
