/** A recipe trains on data with as many channels as its model takes. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { noisyImageOf } from '../lower/conventions';
import type { ModelGraph } from '../lower/model';
import type { SourceChoice } from '../recipe/data/source';
import type { Span } from '../source';
import { dataOf, type Training } from './training';

/** The errors of `data` in a train section. */
export function checkData(training: Training): readonly Diagnostic[] {
  const data = dataOf(training);
  return data ? channelsProblem(training.model, data.source, data.span) : [];
}

/** Whether a source, named at `span`, gives pictures to a model that takes other channels than pictures have. */
export function channelsProblem(model: ModelGraph, { gives }: SourceChoice, span: Span): Diagnostic[] {
  const image = noisyImageOf(model);
  if (!image || gives !== 'pictures' || image.channels === 1 || image.channels === 3) return [];
  return [diagnose('data-channels', span, { model: model.name, channels: image.channels })];
}
