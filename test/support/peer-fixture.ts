/** What another implementation of a peer gave for weights and inputs that follow from their names. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HostTensors } from '../../src/backends/session';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { patternedWeight } from './patterned';

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

/** The model as if its path were straight and its only output a velocity: gradients are the same on every path. */
export function asStraight(model: ModelGraph): ModelGraph {
  return { ...model, conventions: { ...model.conventions, path: 'straight' } };
}
