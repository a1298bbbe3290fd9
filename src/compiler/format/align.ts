/** Aligns columns: the `=` or `in` of consecutive settings, cases, variants and axes, the types of inputs, the `{` of one-line sections. */
// Tested by test/compiler/format/format.test.ts.
import type { IToken } from 'chevrotain';
import * as t from '../../../grammar/tokens';
import { firstToken, joined, type Line } from './lines';
import { is, type Placed } from './spacing';

/** The token before which a line is padded, and the width of the line before it, in characters. */
interface Head {
  readonly kind: 'setting' | 'case' | 'variant' | 'axis' | 'input' | 'section';
  readonly at: IToken;
  readonly width: number;
}

/** The padding before tokens, in place of one space. `begins`: whether each line begins a statement; `depths`: open braces at its start. */
export function alignments(
  lines: readonly Line[],
  begins: readonly boolean[],
  depths: readonly number[],
): ReadonlyMap<IToken, string> {
  const pads = new Map<IToken, string>();
  let group: Head[] = [];
  let open: { kind: Head['kind']; depth: number } | null = null;
  const close = (): void => {
    const width = Math.max(...group.map((head) => head.width));
    for (const head of group) pads.set(head.at, ' '.repeat(width - head.width + 1));
    group = [];
  };
  lines.forEach((line, i) => {
    const head = begins[i] ? headOf(line) : null;
    const goesOn = head !== null && open?.kind === head.kind && open.depth === depths[i] && !line.blankAbove;
    const breaks = line.blankAbove || (firstToken(line) !== null && begins[i]);
    if (!goesOn && breaks) {
      close();
      open = head && { kind: head.kind, depth: depths[i] };
    }
    if (head) group.push(head);
  });
  close();
  return pads;
}

const sections = [t.Train, t.Sample, t.Export, t.Ablation, t.Sweep];

function headOf(line: Line): Head | null {
  const tokens = line.parts.filter((part): part is Placed => 'token' in part);
  const [first, second, third] = tokens.map(({ token }) => token);
  const until = (kind: Head['kind'], index: number): Head => {
    const before = tokens.slice(0, index);
    return { kind, at: tokens[index].token, width: joined(before).length };
  };
  if (is(first, t.Input) && is(third, t.Colon) && tokens.length > 3) return until('input', 3);
  if (is(first, t.Case) && is(third, t.Equals)) return until('case', 2);
  if (is(first, t.Model) && is(third, t.Equals)) return until('variant', 2);
  if (is(first, t.Word) && is(second, t.In)) return until('axis', 1);
  const brace = tokens.findIndex(({ token }) => is(token, t.LeftBrace));
  if (is(first, ...sections) && brace > 0 && is(tokens.at(-1)?.token, t.RightBrace)) return until('section', brace);
  if (is(first, t.Given) && is(second, t.Word) && is(third, t.Equals)) return until('setting', 2);
  let at = 1;
  while (is(tokens[at]?.token, t.Dot) && is(tokens[at + 1]?.token, t.Word)) at += 2;
  return is(first, t.Word) && is(tokens[at]?.token, t.Equals) ? until('setting', at) : null;
}
