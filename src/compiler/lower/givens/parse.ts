/** Parses a `given` from the text that recipes keep. */
// Tested by test/train/givens.test.ts.
import { WeftError } from '../../diagnostics/diagnostic';
import { Source } from '../../source';
import { parse } from '../../syntax/parse';
import type { WrittenGiven } from './elaborate';

/** By the name of an input: the expression for it, on one line; below it the declarations of an encoder that it names. */
export type Givens = { readonly [input: string]: string };

/** The expression of a given, without the declarations below it. */
export function givenExpression(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : text.slice(0, end);
}

export function parseGiven(name: string, text: string): WrittenGiven {
  const written = givenExpression(text);
  const source = new Source(`${name} = ${written}`, `model given = given(value: ${written})`);
  const { file, diagnostics } = parse(source);
  const d = file.declarations[0];
  if (diagnostics.length > 0 || d?.kind !== 'variant' || d.args.length !== 1)
    throw new WeftError(`What is given for \`${name}\` cannot be read: ${written}`, diagnostics[0]?.message);
  return { name, nameSpan: d.span, value: d.args[0].value };
}
