/** Parses a `given` from the text that recipes keep. */
// Tested by test/train/givens.test.ts.
import { WeftError } from '../../diagnostics/diagnostic';
import { Source } from '../../source';
import { parse } from '../../syntax/parse';
import type { WrittenGiven } from './elaborate';

/** By the name of an input: the expression for it, as the recipe writes it. */
export type Givens = { readonly [input: string]: string };

export function parseGiven(name: string, text: string): WrittenGiven {
  const source = new Source(`${name} = ${text}`, `model given = given(value: ${text})`);
  const { file, diagnostics } = parse(source);
  const d = file.declarations[0];
  if (diagnostics.length > 0 || d?.kind !== 'variant' || d.args.length !== 1)
    throw new WeftError(`What is given for \`${name}\` cannot be read: ${text}`, diagnostics[0]?.message);
  return { name, nameSpan: d.span, value: d.args[0].value };
}
