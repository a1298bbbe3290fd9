/** The conditions that a recipe gives to a model, in a training step and as a separate program. */
// Tested by test/train/givens.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import { input, topological, type Program, type Value } from '../ir/graph';
import { conditionsOf } from '../lower/givens/conditions';
import { elaborateGivens, type ElaboratedGivens, type GivenSources } from '../lower/givens/elaborate';
import { encodeCall } from '../lower/givens/encode-call';
import type { Encoder } from '../lower/givens/encoded';
import { fedFrom } from '../lower/givens/paired';
import { givenExpression, parseGiven, type Givens } from '../lower/givens/parse';
import type { ModelGraph } from '../lower/model';
import { concat, reshape } from '../ops/movement';
import type { Declared } from '../recipe/declared';
import type { FrozenModel } from '../recipe/teacher';
import { besideWeight } from './copies';
import { keptModel } from './kept-model';
import { onlyInput } from './only-input';

/** The values of the conditions that a recipe gives. */
export function givenValues(model: ModelGraph, givens: Givens, sources: GivenSources): ElaboratedGivens {
  const encoders = new Map(encodersOf(givens).map((e) => [e.input, encoderOf(e.input, keptModel(e.frozen.model))]));
  const written = Object.entries(givens).map(([name, text]) => ({
    ...parseGiven(name, text),
    encoder: encoders.get(name),
  }));
  const elaborated = elaborateGivens(model, written, sources);
  const [problem] = elaborated.diagnostics.filter((d) => d.severity === 'error');
  if (problem) throw new WeftError(`${problem.message} (given ${problem.span.source.path})`, problem.hint ?? undefined);
  return elaborated;
}

/** A frozen model that makes a condition. */
export interface GivenEncoder {
  /** The name of the condition. */
  readonly input: string;
  readonly frozen: FrozenModel;
}

/** The models of a recipe's conditions; each is the same object however often it is asked for. */
export function encodersOf(givens: Givens = {}): readonly GivenEncoder[] {
  return Object.entries(givens).flatMap(([input, text]) => {
    const call = encodeCall(parseGiven(input, text).value);
    if (!call) return [];
    const { span } = call.model;
    const declarations = text.slice(givenExpression(text).length + 1);
    const model = keptOnce(span.source.text.slice(span.start, span.end), declarations);
    return [{ input, frozen: { model, weights: call.weights } }];
  });
}

const kept = new Map<string, Declared>();

/** Programs of one session must agree on variables, so a model is built once for its text. */
function keptOnce(call: string, text: string): Declared {
  const key = `${call}\n${text}`;
  const known = kept.get(key) ?? { kind: 'declared', call, text };
  kept.set(key, known);
  return known;
}

/** An encoder with variables `encoder/INPUT/NAME`, which no step changes; a run gets their values when it starts. */
export function encoderOf(input: string, model: ModelGraph): Encoder {
  return { model, variableOf: (weight) => besideWeight(weight, `encoder/${input}`, 'buffer') };
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
  const { x0, seed, step, values, pictures } = elaborated(model, givens, (name) => fed.includes(name));
  const outputs = Object.fromEntries(wanted.map((name) => [name, values.get(name)!]));
  const used = new Set(topological(Object.values(outputs)));
  const own = [...model.inputs.map((i) => i.value), ...pictures].filter((v) => used.has(v));
  return { name: 'givens', inputs: [x0, seed, step, ...own], outputs, updates: [] };
}

/** The direct sources of a condition: the image, and other conditions (or itself, if it comes from files). */
export interface MadeFrom {
  readonly image: boolean;
  readonly conditions: readonly string[];
}

/** The sources of each condition that a recipe gives, by name. */
export function sourcesOf(model: ModelGraph, givens: Givens): ReadonlyMap<string, MadeFrom> {
  const { x0, values } = elaborated(model, givens, () => true);
  const found = [...values].map(([name, value]) => {
    const used = new Set(topological([value]));
    const isFed = fedFrom(name, parseGiven(name, givens[name]).value) !== null;
    const conditions = conditionsOf(model).flatMap((i) =>
      used.has(i.value) || (isFed && i.name === name) ? [i.name] : [],
    );
    return [name, { image: used.has(x0), conditions }] as const;
  });
  return new Map(found);
}

interface ElaboratedAlone {
  readonly x0: Value;
  readonly seed: Value;
  readonly step: Value;
  readonly values: ReadonlyMap<string, Value>;
  readonly pictures: readonly Value[];
}

function elaborated(model: ModelGraph, givens: Givens, isFed: (name: string) => boolean): ElaboratedAlone {
  const x0 = input('x0', onlyInput(model, 'image').value.shape);
  const [seed, step] = [input('seed', [], 'i32'), input('step', [], 'i32')];
  const both = concat([reshape(seed, { shape: [1] }), reshape(step, { shape: [1] })], { axis: 0 });
  const { values, pictures } = givenValues(model, givens, { x0, seed: both, isFed });
  return { x0, seed, step, values, pictures };
}
