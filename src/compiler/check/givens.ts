/** A train section feeds every input of its model, and nothing else. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { input } from '../ir/graph';
import { encodeCall } from '../lower/givens/encode-call';
import { fedFrom } from '../lower/givens/paired';
import {
  conditionsOf,
  exampleGiven,
  isTensorFile,
  looksLikeMask,
  openConditions,
  writtenNumbers,
} from '../lower/givens/conditions';
import { elaborateGivens, unknownGiven, type WrittenGiven } from '../lower/givens/elaborate';
import { noisyImageOf } from '../lower/conventions';
import { textOf, type ModelGraph } from '../lower/model';
import { encoderOf } from '../programs/givens';
import { ownValue } from '../own-value';
import { namesOfModel } from '../recipe/hyperparameters';
import type { SampleSettings } from '../recipe/index';
import { valuesOf } from '../sections/given-values';
import type { Elaborated } from '../lower/elaborate';
import type { Expression, SectionDeclaration } from '../syntax/ast';
import { dataOf, type Training } from './training';

/** The errors of the values that a train section gives to its model. `build` elaborates the model that an expression calls. */
export function checkGivens(training: Training, build: (call: Expression) => Elaborated): readonly Diagnostic[] {
  const { section, model } = training;
  const image = noisyImageOf(model);
  if (!image) return [];
  const open = checkOpen(section, model);
  if (open.length > 0) return open;
  const inEncoders: Diagnostic[] = [];
  const encoder = (name: string, value: Expression): WrittenGiven['encoder'] => {
    const call = encodeCall(value);
    const built = call && build(call.model);
    if (built) inEncoders.push(...built.diagnostics);
    return built?.model ? encoderOf(name, built.model) : null;
  };
  const written = section.entries.flatMap((e) =>
    e.kind === 'given'
      ? [{ name: e.name.name, nameSpan: e.name.span, value: e.value, encoder: encoder(e.name.name, e.value) }]
      : [],
  );
  const x0 = input('x0', image.value.shape);
  const elaborated = elaborateGivens(model, written, { x0, seed: input('seed', [2], 'i32') });
  const diagnostics = [
    ...inEncoders,
    ...elaborated.diagnostics,
    ...pairedData(training, written),
    ...written.flatMap((g) => clash(model, g)),
  ];
  const fed = new Set(written.map((g) => g.name));
  const unfed = conditionsOf(model).filter((i) => !fed.has(i.name));
  // Masks come first, since the examples for other conditions use them.
  const missing = [...unfed].sort((a, b) => Number(looksLikeMask(model, b)) - Number(looksLikeMask(model, a)));
  if (missing.length === 0) return diagnostics;
  const facts = {
    model: model.name,
    inputs: missing.map((i) => `\`${i.name}\``).join(', '),
    examples: missing.map((i) => `\`${exampleGiven(model, i)}\``).join(' and '),
  };
  return [...diagnostics, diagnose('given-missing', section.model?.span ?? section.span, facts)];
}

/** Reports conditions of open length: a model with one can be run and exported, but neither trained nor sampled. */
function checkOpen(section: SectionDeclaration, model: ModelGraph): Diagnostic[] {
  const names = openConditions(model).map((i) => i.name);
  const place = section.model?.span ?? section.span;
  return names.length === 0 ? [] : [diagnose('open-condition', place, { model: model.name, names })];
}

/** Reports a condition whose name already means something else in a given, in `drop`, in a training step or in sampling. */
function clash(model: ModelGraph, { name, nameSpan, value }: WrittenGiven): Diagnostic[] {
  const meaning = meaningOf(model, name) ?? (fedFrom(name, value) ? ofStep[name] : undefined);
  return meaning === undefined ? [] : [diagnose('given-name', nameSpan, { name, meaning })];
}

function meaningOf(model: ModelGraph, name: string): string | undefined {
  if (name === 'image') return 'the clean image where conditions are made, and what a sampler gives';
  if (name === 'noise') return 'what a sampler starts from';
  if (name === 'label' && model.inputs.some((i) => i.name === 'y'))
    return 'the class that `drop = label(…)` leaves out';
  if (/^(text|tokens|text_mask)_none$/.test(name) && textOf(model)) return 'the empty prompt';
  if (name === 'text' && textOf(model)) return 'the text that `drop = text(…)` leaves out';
  return undefined;
}

/** The meaning of other inputs of a training step, whose names no condition from a folder may have. */
const ofStep: { readonly [name: string]: string | undefined } = {
  x0: 'the clean images in a training step',
  teacher: "the encoder's tokens in a training step",
  seed: 'the seed in a training step',
  step: 'the number of a training step',
  rate: 'the learning rate in a training step',
  clip: 'the largest norm in a training step',
};

/** The errors of the values that a sample section gives to `model`, with the settings read from it; files are not opened here. */
export function checkGivenValues(
  section: SectionDeclaration,
  model: ModelGraph,
  sample: SampleSettings | null,
): readonly Diagnostic[] {
  const open = checkOpen(section, model);
  if (open.length > 0) return open;
  const targets = new Map(conditionsOf(model).map((i) => [i.name, i]));
  return section.entries.flatMap((e) => {
    if (e.kind !== 'given') return [];
    const target = targets.get(e.name.name);
    if (!target) return [unknownGiven(model, e.name)];
    const shape = target.value.shape.slice(1);
    const size = shape.reduce<number>((a, b) => a * Number(b), 1);
    const isEncoded = ownValue(sample?.given ?? {}, target.name)?.made !== undefined;
    const isPicture = isEncoded || (shape.length === 3 && [1, 3].includes(Number(shape[0])));
    const isTaken = (text: string): boolean => {
      const numbers = writtenNumbers(text);
      if (numbers) return numbers.length === 1 || numbers.length === size;
      return isPicture || isTensorFile(text);
    };
    if (valuesOf(e.value, namesOfModel(model))?.every(isTaken)) return [];
    const numbers = size === 1 ? 'a number' : `${size} numbers, or one for all`;
    const expected = `${numbers},${isPicture ? ' a picture' : ''} or a .npy or .safetensors file`;
    return [diagnose('given-kind', e.value.span, { name: target.name, expected })];
  });
}

/** Reports a condition from a folder if the training pictures do not come from a folder too. */
function pairedData(training: Training, written: readonly WrittenGiven[]): Diagnostic[] {
  const data = dataOf(training);
  if (!data || data.source.hasPartners) return [];
  const paired = written.filter((g) => {
    const kind = fedFrom(g.name, g.value)?.from.kind;
    return kind !== undefined && kind !== 'values';
  });
  return paired.map((g) => diagnose('paired-data', g.value.span, { name: g.name, data: data.name }));
}
