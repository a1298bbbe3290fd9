/** Peers against other implementations of them: published sizes, paths and shapes of weights, and the forward pass. */
import { expect, it } from '@jest/globals';
import { openSession } from '../../src/backends/open';
import type { HostTensors } from '../../src/backends/session';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { denoise } from '../../src/compiler/programs/denoise';
import { alignment } from '../../src/compiler/programs/objectives/alignment';
import { onBackends } from '../support/native';
import { compileModel } from '../support/compile';
import { relMax } from '../support/golden';
import { patterned, patternedWeight } from '../support/patterned';
import { patternedWeights, peerFixture, weightShapes } from '../support/peer-fixture';

interface Peer {
  /** The spec, and the model of the published size in it. */
  readonly file: string;
  readonly published: string;
  /** The small configuration that the fixture was made with. */
  readonly model: string;
  readonly settings: { readonly [name: string]: string };
  readonly labels?: readonly [number, number];
  readonly times?: readonly [number, number];
  /** Weights that are neither trained nor made from the configuration. */
  readonly frozen?: HostTensors;
}

const small = { classes: '5', width: '16', heads: '2', depth: '2' };
const latents = { ...small, size: '4x4' };
const rae = { ...latents, channels: '6' };
const frequencies = { 't_embedder.W': patternedWeight('t_embedder.W', [256]) };

const peers: { readonly [fixture: string]: Peer } = {
  dit: { file: 'dit', published: 'DiT_XL_2', model: 'DiT', settings: latents, times: [300, 800] },
  sit: { file: 'dit', published: 'SiT_XL_2', model: 'SiT', settings: latents },
  repa: {
    file: 'repa',
    published: 'REPA_XL_2',
    model: 'REPA',
    settings: { ...latents, depth: '3', at: '2', hidden: '12', teacher_width: '7' },
  },
  lightningdit: { file: 'lightningdit', published: 'LightningDiT_XL_1', model: 'LightningDiT', settings: rae },
  'rae-dit': { file: 'rae', published: 'RAE_DiT_XL', model: 'RAE_DiT', settings: rae, frozen: frequencies },
  'rae-ditdh': {
    file: 'rae',
    published: 'RAE_DiTDH_XL',
    model: 'RAE_DiTDH',
    settings: { ...rae, head_width: '24', head_heads: '3', head_depth: '1' },
    frozen: frequencies,
  },
  maskdit: {
    file: 'maskdit',
    published: 'MaskDiT_XL_2',
    model: 'MaskDiT',
    settings: { ...latents, decoder_width: '8', decoder_heads: '2', decoder_depth: '1' },
    labels: [1, 4],
  },
  pixelflow: {
    file: 'pixelflow',
    published: 'PixelFlow_XL_4',
    model: 'PixelFlow',
    settings: { ...small, size: '12x12', patch: '4' },
    times: [300, 800],
  },
  jit: {
    file: 'jit',
    published: 'JiT_B_16',
    model: 'JiT',
    settings: { ...small, size: '12x12', patch: '4', depth: '3', bottleneck: '6', context: '3', start: '1' },
  },
  pixnerd: {
    file: 'pixnerd',
    published: 'PixNerd_XL',
    model: 'PixNerd',
    settings: { ...small, size: '16x8', patch: '4', field_width: '6', field_depth: '2' },
  },
};

for (const [name, { file, published, model: smallModel, settings, labels, times, frozen }] of Object.entries(peers)) {
  const fixture = peerFixture(name);
  const model = compileModel(`specs/peers/${file}.weft`, smallModel, settings);
  const image = model.inputs
    .find((i) => i.kind === 'image')!
    .value.shape.slice(1)
    .map(Number);
  const inputs: HostTensors = {
    x_t: patterned('in/x_t', [2, ...image]),
    t: { shape: [2], dtype: 'f32', data: Float32Array.from(times ?? [0.3, 0.8]) },
    y: { shape: [2], dtype: 'i32', data: Int32Array.from(labels ?? [1, 5]) },
  };

  it(`gives ${published} the size of the public code`, () => {
    expect(trained(compileModel(`specs/peers/${file}.weft`, published))).toBe(
      // MaskDiT's row for "no class" is zeros there, and no weight.
      fixture.parameters + (name === 'maskdit' ? 1152 : 0),
    );
  });

  it(`names and shapes the weights of ${smallModel} as the public code does`, () => {
    expect(numbersOf(weightShapes(model))).toEqual(numbersOf(publicWeights(name)));
  });

  // The other side computes in float64.
  it.each(onBackends({ reference: 1e-6, tfjs: 1e-4, tensorflow: 1e-5 }))(
    `gives what the public code of ${smallModel} gives, on %s`,
    async (backend, tolerance) => {
      const session = await openSession(backend, [denoise(model, fixture.aligned && ['aligned'])], {
        bindings: { batch: 2 },
      });
      try {
        await session.set({ ...patternedWeights(model), ...frozen });
        const results = await session.run('denoise', inputs);
        const outputs = Object.keys(model.outputs).map((output) => results[output]);
        expect(relMax(imageByImage(outputs.map(({ data }) => data)), fixture.output)).toBeLessThan(tolerance);
        if (fixture.aligned) expect(relMax(results['tap/aligned'].data, fixture.aligned)).toBeLessThan(tolerance);
      } finally {
        await session.dispose();
      }
    },
  );
}

it("trains the projector of REPA's code where a recipe aligns SiT after its eighth block", () => {
  const model = compileModel('specs/peers/repa.weft', 'REPA', { projector: 'false' });
  const align = {
    kind: 'repa',
    at: 'blocks.7',
    teacher: 'dinov2.onnx',
    hidden: 2048,
    weight: 0.5,
    width: 768,
  } as const;
  const { extraWeights } = alignment(model, { ...align, tokens: null });
  const projector = extraWeights.reduce((sum, { shape }) => sum + shape.map(Number).reduce((a, b) => a * b, 1), 0);
  expect(trained(model) + projector).toBe(peerFixture('repa').parameters);
});

/** Numbers in the trained weights of a model. */
function trained(model: ModelGraph): number {
  return Object.values(numbersOf(weightShapes(model))).reduce((sum, [out, inside]) => sum + out * inside, 0);
}

/** Rows of weights, and the numbers in each: convolutions over whole patches are linear layers here. */
function numbersOf(shapes: { readonly [path: string]: readonly number[] }): { [path: string]: [number, number] } {
  const rows = ([out, ...inside]: readonly number[]): [number, number] => [out, inside.reduce((a, b) => a * b, 1)];
  return Object.fromEntries(Object.entries(shapes).map(([path, shape]) => [path, rows(shape)]));
}

function publicWeights(name: string): { [path: string]: readonly number[] } {
  const { weights } = peerFixture(name);
  if (name !== 'maskdit') return weights;
  // A matrix from one-hot labels, where ours is a table with a row for "no class".
  const [width, classes] = weights['y_embedder.embedding_table.weight'];
  return { ...weights, 'y_embedder.embedding_table.weight': [classes + 1, width] };
}

/** Outputs side by side for every image, as models that give several give them in one tensor. */
function imageByImage(outputs: readonly ArrayLike<number>[]): number[] {
  return [0, 1].flatMap((i) =>
    outputs.flatMap((x) => Array.from(x).slice((i * x.length) / 2, ((i + 1) * x.length) / 2)),
  );
}
