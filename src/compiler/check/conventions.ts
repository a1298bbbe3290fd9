/** A model that is trained or sampled says what its output stands for, has a path that is known, and its recipe does not contradict it. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { describePrediction, isWalked } from '../lower/conventions';
import type { ModelGraph } from '../lower/model';
import { inputOf } from '../programs/only-input';
import type { Place } from '../sections/schema';
import type { SectionDeclaration } from '../syntax/ast';

/** The errors of a train or sample section of `model`, whose settings are written at `place`. */
export function checkConventions(section: SectionDeclaration, model: ModelGraph, place: Place): readonly Diagnostic[] {
  const { conventions, outputs, name } = model;
  const at = section.model?.span ?? section.span;
  if (!isWalked(conventions.path))
    return [diagnose('path-unknown', at, { model: name, path: conventions.path }, conventions.timeSpan)];
  if (conventions.prediction === null) {
    const [output = 'pred'] = Object.keys(outputs);
    return [diagnose('prediction-unstated', at, { model: name, output }, conventions.outputSpan)];
  }
  const lacking = (['image', 'time'] as const).find((kind) => inputOf(model, kind) === undefined);
  if (lacking) return [diagnose('flow-input', at, { model: name, kind: lacking })];
  const predict = place('objective.predict');
  const stated = predict?.kind === 'name' ? predict.name : predict?.kind === 'string' ? predict.value : '';
  // A value that is not one of the words was reported when the section was read.
  if (!predict || !(stated in describePrediction) || stated === conventions.prediction) return [];
  const facts = {
    model: name,
    output: conventions.output ?? '',
    stated: describePrediction[conventions.prediction],
    predict: stated,
  };
  return [diagnose('predict-contradicts', predict.span, facts, conventions.outputSpan)];
}
