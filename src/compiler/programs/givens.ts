/** The conditions that a recipe gives to a model, in a training step and as a separate program. */
// Tested by test/train/givens.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import { input, topological, type Program, type Value } from '../ir/graph';
import { conditionsOf } from '../lower/givens/conditions';
import { elaborateGivens, type ElaboratedGivens, type GivenSources } from '../lower/givens/elaborate';
import { parseGiven, type Givens } from '../lower/givens/parse';
import type { ModelGraph } from '../lower/model';
import { concat, reshape } from '../ops/movement';
import { onlyInput } from './only-input';

/** The values of the conditions that a recipe gives. */
export function givenValues(model: ModelGraph, givens: Givens, sources: GivenSources): ElaboratedGivens {
  const written = Object.entries(givens).map(([name, text]) => parseGiven(name, text));
  const elaborated = elaborateGivens(model, written, sources);
  const [problem] = elaborated.diagnostics.filter((d) => d.severity === 'error');
  if (problem) throw new WeftError(`${problem.message} (given ${problem.span.source.path})`, problem.hint ?? undefined);
  return elaborated;
}

/**
 * Inputs `x0`, `seed` and `step` (i32), and inputs of the model that are fed or come from folders. Outputs the other conditions by
 * name, with the values that a training step uses, or only those in `wanted`.
 */
export function givenProgram(
  model: ModelGraph,
  givens: Givens,
  fed: readonly string[] = [],
  wanted: readonly string[] = Object.keys(givens).filter((name) => !fed.includes(name)),
): Program {
  const { x0, seed, step, values } = elaborated(model, givens, (name) => fed.includes(name));
  const outputs = Object.fromEntries(wanted.map((name) => [name, values.get(name)!]));
  const used = new Set(topological(Object.values(outputs)));
  const own = model.inputs.map((i) => i.value).filter((v) => used.has(v));
  return { name: 'givens', inputs: [x0, seed, step, ...own], outputs, updates: [] };
}

/** The direct sources of a condition: the image, and other conditions (or itself, if it comes from a folder). */
export interface MadeFrom {
  readonly image: boolean;
  readonly conditions: readonly string[];
}

/** The sources of each condition that a recipe gives, by name. */
export function sourcesOf(model: ModelGraph, givens: Givens): ReadonlyMap<string, MadeFrom> {
  const { x0, values } = elaborated(model, givens, () => true);
  const found = [...values].map(([name, value]) => {
    const used = new Set(topological([value]));
    const conditions = conditionsOf(model).flatMap((i) => (used.has(i.value) ? [i.name] : []));
    return [name, { image: used.has(x0), conditions }] as const;
  });
  return new Map(found);
}

interface ElaboratedAlone {
  readonly x0: Value;
  readonly seed: Value;
  readonly step: Value;
  readonly values: ReadonlyMap<string, Value>;
}

function elaborated(model: ModelGraph, givens: Givens, isFed: (name: string) => boolean): ElaboratedAlone {
  const x0 = input('x0', onlyInput(model, 'image').value.shape);
  const [seed, step] = [input('seed', [], 'i32'), input('step', [], 'i32')];
  const both = concat([reshape(seed, { shape: [1] }), reshape(step, { shape: [1] })], { axis: 0 });
  const { values } = givenValues(model, givens, { x0, seed: both, isFed });
  return { x0, seed, step, values };
}
