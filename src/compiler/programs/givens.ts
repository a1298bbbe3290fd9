/** What a recipe says of a model's conditions, in a training step and by itself. */
import { WeftError } from '../diagnostics/diagnostic';
import { input, type Program, type Value } from '../ir/graph';
import { elaborateGivens, type ElaboratedGivens, type WrittenGiven } from '../lower/givens/elaborate';
import type { ModelGraph } from '../lower/model';
import { concat, reshape } from '../ops/movement';
import { Source } from '../source';
import { parse } from '../syntax/parse';
import { onlyInput } from './only-input';

/** By the name of an input: how it is made, as the recipe writes it. */
export type Givens = { readonly [input: string]: string };

/** The values of the conditions that a recipe gives, from the clean images and the seed and step of the run (i32 [2]). */
export function givenValues(model: ModelGraph, givens: Givens, x0: Value, seed: Value): ElaboratedGivens {
  const written = Object.entries(givens).map(([name, text]) => parseGiven(name, text));
  const elaborated = elaborateGivens(model, written, x0, seed);
  const [problem] = elaborated.diagnostics.filter((d) => d.severity === 'error');
  if (problem) throw new WeftError(`${problem.message} (given ${problem.span.source.path})`, problem.hint ?? undefined);
  return elaborated;
}

/** Inputs `x0`, `seed` and `step` (i32); outputs the conditions by name, as a training step is fed them. */
export function givenProgram(model: ModelGraph, givens: Givens): Program {
  const x0 = input('x0', onlyInput(model, 'image').value.shape);
  const [seed, step] = [input('seed', [], 'i32'), input('step', [], 'i32')];
  const both = concat([reshape(seed, { shape: [1] }), reshape(step, { shape: [1] })], { axis: 0 });
  const { values } = givenValues(model, givens, x0, both);
  return { name: 'givens', inputs: [x0, seed, step], outputs: Object.fromEntries(values), updates: [] };
}

/** A `given` read again from the text that recipes keep. */
function parseGiven(name: string, text: string): WrittenGiven {
  const source = new Source(`${name} = ${text}`, `model given = given(value: ${text})`);
  const { file, diagnostics } = parse(source);
  const d = file.declarations[0];
  if (diagnostics.length > 0 || d?.kind !== 'variant' || d.args.length !== 1)
    throw new WeftError(`What is given for \`${name}\` cannot be read: ${text}`, diagnostics[0]?.message);
  return { name, nameSpan: d.span, value: d.args[0].value };
}
