/** Display columns of characters on a terminal: tabs, wide characters, and which part of a long line to show. */

const tabWidth = 4;
const shownWidth = 100;

const segmenter = new Intl.Segmenter();

/** East Asian wide characters and emoji take two columns, combining marks and controls none. */
function widthOf(character: string): number {
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0)) return 1;
  if (/^\p{Mark}/u.test(character) || codePoint === 0x200b || codePoint === 0xfeff) return 0;
  const wide =
    /\p{Emoji_Presentation}|\ufe0f/u.test(character) ||
    (codePoint >= 0x1100 && codePoint <= 0x115f) ||
    (codePoint >= 0x2e80 && codePoint <= 0xa4cf) ||
    (codePoint >= 0xac00 && codePoint <= 0xd7a3) ||
    (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
    (codePoint >= 0xfe30 && codePoint <= 0xfe6f) ||
    (codePoint >= 0xff00 && codePoint <= 0xff60) ||
    (codePoint >= 0x20000 && codePoint <= 0x3fffd);
  return wide ? 2 : 1;
}

/** Whether every character takes one column and is shown unchanged, as in most lines. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** The display column, from 0, of an offset in a line. */
function columnsOf(line: string, offset: number): number {
  const before = line.slice(0, offset);
  if (isPlain(before)) return before.length;
  let column = 0;
  for (const { segment } of segmenter.segment(before)) {
    column += segment === '\t' ? tabWidth - (column % tabWidth) : widthOf(segment);
  }
  return column;
}

/** The line with tabs as spaces. Control characters and lone surrogates, which could control the terminal, become `\ufffd`. */
function expandTabs(line: string): string {
  if (isPlain(line)) return line;
  let out = '';
  let column = 0;
  for (const { segment } of segmenter.segment(line)) {
    const width = segment === '\t' ? tabWidth - (column % tabWidth) : widthOf(segment);
    out += segment === '\t' ? ' '.repeat(width) : /^[\p{Control}\p{Surrogate}]$/u.test(segment) ? '\ufffd' : segment;
    column += width;
  }
  return out;
}

/** A line as shown, with the display columns `from` (inclusive) to `to` (exclusive) to underline. */
export interface LineWindow {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/**
 * How many characters before and after a place are examined. A line may be the whole file and have hundreds of
 * places. Where emoji consist of many characters, this is less than a whole window.
 */
const lookedAt = 4 * shownWidth;

/** The part of a line, as written, around the offsets `start` (inclusive) to `end` (exclusive). */
export function shownLine(line: string, start: number, end: number): LineWindow {
  const cut = Math.max(0, start - lookedAt);
  const near = line.slice(cut, start + lookedAt);
  const [from, to] = [start, end].map((offset) => columnsOf(near, offset - cut));
  const isCut = { left: cut > 0, right: start + lookedAt < line.length };
  return lineWindow(expandTabs(near), from, to, isCut);
}

/** Cuts a line that is too long to the part around the columns `from` to `to`, with `…` at every cut, including earlier cuts. */
function lineWindow(
  text: string,
  from: number,
  to: number,
  isCut: { readonly left: boolean; readonly right: boolean },
): LineWindow {
  if (text.length <= shownWidth && !isCut.left && !isCut.right)
    return { text, from, to: Math.min(to, Math.max(text.length * 2, from + 1)) };
  const start = to <= shownWidth ? 0 : Math.max(0, from - 20);
  const rest = sliceColumns(text, start);
  const clipped = sliceTo(rest, shownWidth);
  const left = start > 0 || isCut.left ? '… ' : '';
  const right = clipped.length < rest.length || isCut.right ? ' …' : '';
  const shift = left.length - start;
  return {
    text: left + clipped.trimEnd() + right,
    from: from + shift,
    to: Math.min(to + shift, left.length + shownWidth),
  };
}

/** The text after its first `columns` display columns. */
function sliceColumns(text: string, columns: number): string {
  if (isPlain(text)) return text.slice(columns);
  let column = 0;
  let offset = 0;
  for (const { segment, index } of segmenter.segment(text)) {
    offset = index;
    if (column >= columns) return text.slice(offset);
    column += widthOf(segment);
  }
  return text.slice(columns > column ? text.length : offset);
}

function sliceTo(text: string, columns: number): string {
  if (isPlain(text)) return text.slice(0, columns);
  let column = 0;
  for (const { segment, index } of segmenter.segment(text)) {
    column += widthOf(segment);
    if (column > columns) return text.slice(0, index);
  }
  return text;
}
