/** What a recipe says of a model's conditions, in a training step and by itself. */
import { WeftError } from '../diagnostics/diagnostic';
import { input, type Program, type Value } from '../ir/graph';
import { elaborateGivens, type ElaboratedGivens } from '../lower/givens/elaborate';
import { parseGiven, type Givens } from '../lower/givens/parse';
import type { ModelGraph } from '../lower/model';
import { concat, reshape } from '../ops/movement';
import { onlyInput } from './only-input';

/** The values of the conditions that a recipe gives, from the clean images and the seed and step of the run (i32 [2]). */
export function givenValues(model: ModelGraph, givens: Givens, x0: Value, seed: Value): ElaboratedGivens {
  const written = Object.entries(givens).map(([name, text]) => parseGiven(name, text));
  const elaborated = elaborateGivens(model, written, x0, seed);
  const [problem] = elaborated.diagnostics.filter((d) => d.severity === 'error');
  if (problem) throw new WeftError(`${problem.message} (given ${problem.span.source.path})`, problem.hint ?? undefined);
  return elaborated;
}

/** Inputs `x0`, `seed`, `step` (i32) and conditions that come from folders; outputs the conditions by name, as a training step is fed them. */
export function givenProgram(model: ModelGraph, givens: Givens): Program {
  const x0 = input('x0', onlyInput(model, 'image').value.shape);
  const [seed, step] = [input('seed', [], 'i32'), input('step', [], 'i32')];
  const both = concat([reshape(seed, { shape: [1] }), reshape(step, { shape: [1] })], { axis: 0 });
  const { values } = givenValues(model, givens, x0, both);
  const own = model.inputs.map((i) => i.value).filter((v) => [...values.values()].includes(v));
  return { name: 'givens', inputs: [x0, seed, step, ...own], outputs: Object.fromEntries(values), updates: [] };
}
