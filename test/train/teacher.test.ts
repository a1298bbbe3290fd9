import { expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportOnnx } from '../../src/backends/onnx/export';
import type { HostTensor } from '../../src/backends/session';
import { symbol } from '../../src/compiler/ir/dims';
import { input, type Program } from '../../src/compiler/ir/graph';
import { concat, reshape, slice } from '../../src/compiler/ops/movement';
import { fromTensors } from '../../src/data/weight-source';
import { openTeacher } from '../../src/train/teacher';
import { failureOf } from '../support/failure';

/** An encoder whose tokens are rows of pixels of each colour, behind one that stands for the class. */
function encoder(): Program {
  const batch = symbol('batch');
  const image = input('pixel_values', [batch, 3, 2, 2]);
  const tokens = reshape(image, { shape: [batch, 6, 2] });
  const first = slice(tokens, { start: [0, 0, 0], size: [batch, 1, 2] });
  return { name: 'encoder', inputs: [image], outputs: { features: concat([first, tokens], { axis: 1 }) }, updates: [] };
}

async function withEncoder(use: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-'));
  const path = join(folder, 'encoder.onnx');
  await exportOnnx(encoder(), { path, weights: fromTensors({}) });
  await use(path).finally(() => rmSync(folder, { recursive: true }));
}

it('gives the tokens of images as encoders take them', () =>
  withEncoder(async (path) => {
    const teacher = await openTeacher(path, { tokens: 6, width: 2 });
    // Every colour is one shade in its upper half and another in its lower, so that halving the size keeps them.
    const shades = [-1, -0.5, 0, 0.25, 0.5, 1];
    const image: HostTensor = {
      shape: [1, 3, 4, 4],
      dtype: 'f32',
      data: Float32Array.from({ length: 48 }, (_, i) => shades[Math.floor(i / 8)]),
    };
    const tokens = await teacher.encode(image);
    expect(tokens.shape).toEqual([1, 6, 2]);
    const [mean, deviation] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ];
    tokens.data.forEach((x, i) => {
      const colour = Math.floor(i / 4);
      expect(x).toBeCloseTo(((shades[Math.floor(i / 2)] + 1) / 2 - mean[colour]) / deviation[colour], 5);
    });
    await teacher.close();
  }));

it('says what an encoder gives where the recipe asks for something else', () =>
  withEncoder(async (path) => {
    const teacher = await openTeacher(path, { tokens: 4, width: 768 });
    const image: HostTensor = { shape: [1, 3, 2, 2], dtype: 'f32', data: new Float32Array(12) };
    expect(await failureOf(() => teacher.encode(image))).toContain(
      'aligns with 4 tokens of 768, but the encoder ' + path + ' gives features [1, 7, 2]',
    );
    await teacher.close();
  }));
