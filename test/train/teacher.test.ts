import { expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { exportOnnx } from '../../src/backends/onnx/export';
import type { HostTensor } from '../../src/backends/session';
import { symbol, type Dim } from '../../src/compiler/ir/dims';
import { input, type Program } from '../../src/compiler/ir/graph';
import { concat, reshape, slice } from '../../src/compiler/ops/movement';
import { fromTensors } from '../../src/data/weight-source';
import type { TeacherShape } from '../../src/compiler/programs/objectives/teacher';
import { openTeacher } from '../../src/train/teacher';
import { failureOf } from '../support/failure';

interface Encoder {
  /** Tokens before those of the image. */
  readonly lead?: number;
  readonly batch?: Dim;
  /** The input leaves the batch open, but the graph is made for one image. */
  readonly secretly?: true;
  readonly precision?: 'fp16';
  readonly layout?: 'rows';
}

/** Tokens are rows of pixels of each colour, six of two numbers, behind some that are the first again. */
function encoder({ lead = 1, batch = symbol('batch'), layout }: Encoder): Program {
  const image = input('pixel_values', layout ? [batch, 2, 2, 3] : [batch, 3, 2, 2]);
  const tokens = reshape(image, { shape: [batch, 6, 2] });
  const first = slice(tokens, { start: [0, 0, 0], size: [batch, 1, 2] });
  const features = lead > 0 ? concat([...Array<typeof first>(lead).fill(first), tokens], { axis: 1 }) : tokens;
  return { name: 'encoder', inputs: [image], outputs: { features }, updates: [] };
}

async function withEncoder(how: Encoder, use: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-'));
  const path = join(folder, 'encoder.onnx');
  await exportOnnx(encoder(how), { path, weights: fromTensors({}) });
  if (how.precision) writeFileSync(path, asHalf(readFileSync(path)));
  if (how.secretly) writeFileSync(path, withOpenBatch(readFileSync(path)));
  await use(path).finally(() => rmSync(folder, { recursive: true }));
}

/** The file with float16 in place of float32 for every input, output and value. */
function asHalf(file: Buffer): Uint8Array {
  const model = onnx.ModelProto.decode(file);
  const values = [...model.graph!.input!, ...model.graph!.output!, ...model.graph!.valueInfo!];
  for (const { type } of values) if (type?.tensorType?.elemType === 1) type.tensorType.elemType = 10;
  return onnx.ModelProto.encode(model).finish();
}

/** The file with an open batch of inputs and outputs, whatever the graph does with it. */
function withOpenBatch(file: Buffer): Uint8Array {
  const model = onnx.ModelProto.decode(file);
  for (const { type } of [...model.graph!.input!, ...model.graph!.output!]) {
    type!.tensorType!.shape!.dim![0] = onnx.TensorShapeProto.Dimension.create({ dimParam: 'n' });
  }
  return onnx.ModelProto.encode(model).finish();
}

const [mean, deviation] = [
  [0.485, 0.456, 0.406],
  [0.229, 0.224, 0.225],
];

/** Images of which every colour is one shade in its upper half and another in its lower, so that halving the size keeps them. */
function shaded(count: number): HostTensor {
  const shades = [-1, -0.5, 0, 0.25, 0.5, 1];
  const data = Float32Array.from({ length: 48 * count }, (_, i) => shades[Math.floor(i / 8) % 6] * (i < 48 ? 1 : 0.5));
  return { shape: [count, 3, 4, 4], dtype: 'f32', data };
}

it.each<[string, Encoder, number, readonly string[]]>([
  ['no more tokens than are asked for', { lead: 0 }, 1e-5, []],
  ['a class token', {}, 1e-5, ['gives 7 tokens; the first 1 (class and registers) are left out']],
  ['a class token and four registers', { lead: 5 }, 1e-5, ['gives 11 tokens; the first 5 ']],
  ['a fixed batch of one', { batch: 1 }, 1e-5, [' the first 1 ']],
  ['a fixed batch of two', { batch: 2 }, 1e-5, [' the first 1 ']],
  ['a fixed batch of four', { batch: 4 }, 1e-5, [' the first 1 ']],
  ['a batch of one that it does not state', { batch: 1, secretly: true }, 1e-5, [' the first 1 ']],
  ['half floats', { precision: 'fp16' }, 3e-3, [' the first 1 ']],
  ['half floats and a fixed batch', { precision: 'fp16', batch: 2 }, 3e-3, [' the first 1 ']],
])('gives the tokens of images by an encoder with %s', (_, how, tolerance, told) =>
  withEncoder(how, async (path) => {
    const images = shaded(3);
    const warnings: string[] = [];
    const onWarning = (text: string): number => warnings.push(text);
    const teacher = await openTeacher(path, { tokens: 6, width: 2 }, { images: images.shape, onWarning });
    const tokens = await teacher.encode(images);
    expect(tokens.shape).toEqual([3, 6, 2]);
    tokens.data.forEach((x, i) => {
      const colour = Math.floor((i % 12) / 4);
      // Rows of two numbers: each is one half of a colour.
      const shade = images.data[Math.floor(i / 12) * 48 + Math.floor((i % 12) / 2) * 8];
      expect(Math.abs(x - ((shade + 1) / 2 - mean[colour]) / deviation[colour])).toBeLessThan(tolerance);
    });
    expect(warnings).toEqual(told.map((text) => expect.stringContaining(text)));
    await teacher.close();
  }),
);

it.each<[string, Encoder, TeacherShape, string]>([
  ['other width', {}, { tokens: 6, width: 768 }, 'aligns with 6 tokens of 768, but the encoder'],
  ['fewer tokens', {}, { tokens: 8, width: 2 }, 'gives features [2, 7, 2]'],
  ['tokens of a larger image', { lead: 10 }, { tokens: 6, width: 2 }, 'gives features [2, 16, 2]'],
  ['far more tokens', { lead: 20 }, { tokens: 6, width: 2 }, 'gives features [2, 26, 2]'],
  ['channels behind rows', { layout: 'rows' }, { tokens: 6, width: 2 }, 'takes pixel_values float32 [batch, 2, 2, 3]'],
])('refuses an encoder with %s when it is opened', (_, how, wanted, message) =>
  withEncoder(how, async (path) => {
    expect(await failureOf(() => openTeacher(path, wanted, { images: [2, 3, 2, 2] }))).toContain(message);
  }),
);
