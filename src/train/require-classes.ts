/** Checks that the model has a number for each class of the data. */
// Tested by test/train/train.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainingData } from './batches';

/** Refuses data with more classes than the model knows; `resumed` if the model is that of a run that goes on. */
export function requireClasses(model: ModelGraph, { classes }: TrainingData, { resumed = false } = {}): void {
  const label = model.inputs.find((i) => i.kind === 'class');
  if (label?.kind !== 'class' || classes.length <= label.classes) return;
  const more = `--set classes=${classes.length}`;
  throw new WeftError(
    `The data have ${counted(classes.length, 'class', 'classes')}, but ${model.name} knows ${label.classes}.`,
    resumed
      ? `A run keeps its number of classes. Take the new ones out of the data, or begin another run from this one: --from RUN ${more}.`
      : `Set the model's number of classes: ${more}.`,
  );
}
