import { expect, it } from '@jest/globals';
import { initialValue } from '../../src/backends/initial-values';
import { openSession } from '../../src/backends/open';
import type { HostTensors } from '../../src/backends/session';
import { grad } from '../../src/compiler/programs/loss';
import { compileModel } from '../support/compile';
import { relMax } from '../support/golden';
import { asStraight } from '../support/peer-fixture';
import { normal } from '../support/tiny-model';

/** Small peers whose `velocity` can be trained, in every path of their specs. */
const peers = {
  SiT: ['specs/peers/dit.weft', { size: '8x4', classes: '5', width: '16', heads: '2', depth: '2' }],
  REPA: [
    'specs/peers/repa.weft',
    { size: '8x4', classes: '5', width: '16', heads: '2', depth: '2', at: '1', projector: 'false' },
  ],
  RAE_DiTDH: [
    'specs/peers/rae.weft',
    {
      size: '4x3',
      channels: '6',
      classes: '5',
      width: '16',
      heads: '2',
      depth: '1',
      head_width: '24',
      head_heads: '3',
      head_depth: '1',
    },
  ],
  JiT: [
    'specs/peers/jit.weft',
    {
      size: '16x8',
      classes: '5',
      patch: '4',
      width: '16',
      heads: '2',
      depth: '3',
      bottleneck: '6',
      context: '3',
      start: '1',
    },
  ],
  PixNerd: [
    'specs/peers/pixnerd.weft',
    { size: '16x8', classes: '5', patch: '4', width: '16', heads: '2', depth: '1', field_width: '6', field_depth: '2' },
  ],
  LightningDiT: [
    'specs/peers/lightningdit.weft',
    { size: '4x3', channels: '6', classes: '5', width: '16', heads: '2', depth: '2' },
  ],
  MaskDiT: [
    'specs/peers/maskdit.weft',
    {
      size: '8x4',
      classes: '5',
      width: '16',
      heads: '2',
      depth: '2',
      decoder_width: '8',
      decoder_heads: '2',
      decoder_depth: '1',
    },
  ],
  PixelFlow: [
    'specs/peers/pixelflow.weft',
    { size: '12x8', classes: '5', patch: '4', width: '16', heads: '2', depth: '2' },
  ],
} as const;

for (const [name, [file, settings]] of Object.entries(peers)) {
  const model = compileModel(file, name, settings);
  const image = model.inputs
    .find((i) => i.kind === 'image')!
    .value.shape.slice(1)
    .map(Number);
  const inputs: HostTensors = {
    x_t: tensor([2, ...image], 1),
    t: { shape: [2], dtype: 'f32', data: Float32Array.of(0.3, 0.8) },
    y: { shape: [2], dtype: 'i32', data: Int32Array.of(1, 5) },
    v_target: tensor([2, ...image], 2),
  };
  // Zero at first would hide most of the model.
  const weights = Object.fromEntries(
    model.weights.map((w, i) => {
      const drawn = w.leaf.role === 'weight' ? tensor(w.shape.map(Number), 10 + i) : initialValue(w, 0);
      return [w.leaf.name, drawn];
    }),
  );

  it(`trains ${name} alike on the reference evaluator and in the portable backend`, async () => {
    const results: HostTensors[] = [];
    for (const backend of ['reference', 'tfjs'] as const) {
      const session = await openSession(backend, [grad(asStraight(model))], { bindings: { batch: 2 } });
      try {
        await session.set(weights);
        results.push(await session.run('grad', inputs));
      } finally {
        await session.dispose();
      }
    }
    const [want, got] = results;
    // float32 against float64; a wrong op or shape is off by the size of the value.
    const far = Object.keys(want).filter((k) => !(relMax(got[k].data, want[k].data) < 1e-3));
    expect(far).toEqual([]);
    const still = model.weights.filter(
      (w) => w.leaf.role === 'weight' && want[`grad/${w.leaf.name}`].data.every((x) => x === 0),
    );
    expect(still.map((w) => w.leaf.name)).toEqual([]);
  });
}

it('keeps the position table of DiT out of training', () => {
  const model = compileModel('specs/peers/dit.weft', 'DiT', { size: '4x4', width: '8', heads: '1', depth: '1' });
  const table = model.weights.find((w) => w.leaf.name === 'pos_embed')!;
  expect(table.leaf.role).toBe('buffer');
  // The first position is (0, 0): sines 0, cosines 1, for x and then for y.
  expect([...initialValue(table, 0).data.slice(0, 8)]).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
});

it("draws RAE's frequencies of time once and keeps them out of training", () => {
  const settings = { size: '4x4', channels: '4', width: '8', heads: '1', depth: '1' };
  const model = compileModel('specs/peers/rae.weft', 'RAE_DiT', settings);
  const drawn = model.weights.find((w) => w.leaf.name === 't_embedder.W')!;
  expect(drawn.leaf).toMatchObject({ role: 'buffer', init: { kind: 'normal', std: 1 } });
});

function tensor(shape: readonly number[], stream: number): HostTensors[string] {
  return { shape, dtype: 'f32', data: Float32Array.from(normal(shape, stream, 0.4).data) };
}
