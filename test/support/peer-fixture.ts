/** What another implementation of a peer gave for weights and inputs that follow from their names. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { costsOf } from '../../src/compiler/report/costs';
import { patterned, patternedWeight } from './patterned';

export interface PeerFixture {
  /** The implementation and its version. */
  readonly from: string;
  /** Parameters of the published size. */
  readonly parameters: number;
  /** Shapes of the small configuration's weights by path. */
  readonly weights: { readonly [path: string]: readonly number[] };
  readonly shape: readonly number[];
  readonly output: readonly number[];
  /** REPA's projected tokens. */
  readonly aligned?: readonly number[];
}

/** The fixture `test/specs/fixtures/NAME.json`, written by `scripts/fixtures/NAME.py`. */
export function peerFixture(name: string): PeerFixture {
  const path = fileURLToPath(new URL(`../specs/fixtures/${name}.json`, import.meta.url));
  return JSON.parse(readFileSync(path, 'utf8')) as PeerFixture;
}

/** Paths and shapes of a model's trained weights. */
export function weightShapes(model: ModelGraph): { [path: string]: readonly number[] } {
  const trained = model.weights.filter((w) => w.leaf.role === 'weight');
  return Object.fromEntries(trained.map((w) => [w.leaf.name, w.shape.map(Number)]));
}

/** The numbers of every trained weight of a model. */
export function patternedWeights(model: ModelGraph): HostTensors {
  return Object.fromEntries(
    Object.entries(weightShapes(model)).map(([path, shape]) => [path, patternedWeight(path, shape)]),
  );
}

const isStatistic = (path: string): boolean => /\.running_(mean|var)$/.test(path);

/** The weights of a model by path, and how many numbers they have, without the statistics of normalisation, which PyTorch does not count. */
export function withoutStatistics(model: ModelGraph): {
  readonly shapes: PeerFixture['weights'];
  readonly parameters: number;
} {
  const statistics = model.weights.filter((w) => isStatistic(w.leaf.name));
  const numbers = statistics.reduce((sum, w) => sum + Number(w.shape[0]), 0);
  const trained = Object.entries(weightShapes(model)).filter(([path]) => !isStatistic(path));
  return { shapes: Object.fromEntries(trained), parameters: costsOf(model).parameters - numbers };
}

/** Numbers for every weight; statistics of normalisation are near 0 (means) and 1 (variances). */
export function patternedStatistics(model: ModelGraph): HostTensors {
  const drawn = Object.entries(patternedWeights(model)).map(([path, tensor]): [string, HostTensor] => {
    if (!isStatistic(path)) return [path, tensor];
    const centre = path.endsWith('var') ? 1 : 0;
    const { data } = patterned(path, tensor.shape, 0.25);
    return [path, { ...tensor, data: Float32Array.from(data, (x) => centre + x) }];
  });
  return Object.fromEntries(drawn);
}

/** The model as if its path were straight and its only output a velocity: gradients are the same on every path. */
export function asStraight(model: ModelGraph): ModelGraph {
  return { ...model, conventions: { ...model.conventions, path: 'straight' } };
}
