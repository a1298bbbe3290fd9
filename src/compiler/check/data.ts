/** A recipe trains on data with as many channels as its model takes. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { dataOf, type Training } from './training';

/** The errors of `data` in a train section. */
export function checkData(training: Training): readonly Diagnostic[] {
  const { name, inputs } = training.model;
  const image = inputs.find((i) => i.kind === 'image' && i.name === 'x_t');
  const data = dataOf(training);
  if (image?.kind !== 'image' || data?.source.gives !== 'pictures') return [];
  if (image.channels === 1 || image.channels === 3) return [];
  return [diagnose('data-channels', data.span, { model: name, channels: image.channels })];
}
