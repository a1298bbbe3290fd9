/** Drawing images from a program. */
import type { HostTensor, HostTensors } from '../backends/session';
import type { ModelGraph } from '../compiler/lower/model';
import { defaultSampling } from '../sample/defaults';
import { drawImages, type DrawRequest } from '../sample/draw';
import { readLabels } from '../sample/labels';

export interface SampleCallOptions extends Omit<Partial<DrawRequest>, 'settings' | 'weights' | 'labels' | 'count'> {
  /** Weights by path, as `loadWeights` gives them. */
  readonly weights: HostTensors;
  /** One image for each label; one of every class by default. Ignored for a model without classes. */
  readonly labels?: readonly number[];
  /** Number of images of a model without classes; 1 by default. */
  readonly count?: number;
  /** Solver, steps, shift and guidance; what is left out is that of `defaultSampling`. */
  readonly settings?: Partial<DrawRequest['settings']>;
}

/**
 * Images `[count, channels, height, width]` in about [-1, 1]; `writeImageGrid` makes a PNG of them.
 *
 *     const images = await sample(model, { weights, labels: [0, 1, 2], settings: { steps: 25 }, seed: 7 });
 */
export async function sample(model: ModelGraph, options: SampleCallOptions): Promise<HostTensor> {
  const input = model.inputs.find((i) => i.kind === 'class');
  const labels = input?.kind === 'class' ? (options.labels ?? readLabels(null, input.classes)) : null;
  return drawImages(model, {
    ...options,
    settings: { ...defaultSampling(model, { labelDrop: 0 }), ...options.settings },
    labels,
    count: labels?.length ?? options.count ?? 1,
    seed: options.seed ?? 0,
  });
}
