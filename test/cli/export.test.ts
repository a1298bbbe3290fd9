import { expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { imageNoise, writeSafetensors } from '../../src/index';
import { compileModel } from '../support/compile';
import { staticShape } from '../../src/compiler/ir/dims';
import { exportVerified } from '../../src/run/export-verified';
import { failureOf } from '../support/failure';
import { suiteFolder } from '../support/folder';

const settings = {
  size: '8x8',
  classes: '3',
  patch: '4',
  width: '16',
  heads: '2',
  depth: '1',
  pixel_width: '4',
  pixel_depth: '1',
};
const model = compileModel('specs/pixeldit.weft', 'PixelDiT', settings);

const parent = suiteFolder();

async function randomWeights(folder: string, scale: number): Promise<string> {
  const path = join(folder, `weights-${scale}.safetensors`);
  const tensors = model.weights.map((w, i) => {
    const shape = staticShape(w.shape);
    return [
      w.leaf.name,
      { ...imageNoise(i, shape, 1), shape, data: imageNoise(i, shape, 1).data.map((x: number) => x * scale) },
    ] as const;
  });
  await writeSafetensors(path, Object.fromEntries(tensors));
  return path;
}

it('keeps a file that computes what the model computes, and nothing beside it', async () => {
  const folder = mkdtempSync(join(parent, 'case-'));
  const weights = await randomWeights(folder, 0.2);
  const out = join(folder, 'out');
  const { verification } = await exportVerified(model, { weights, path: join(out, 'model.onnx'), opset: 17 });
  expect(verification!.passed).toBe(true);
  expect(readdirSync(out)).toEqual(['model.onnx']);
});

it.each([
  ['half precision overflows on these weights', 4, 'fp16', 'denoise'],
  ['the model itself gives no numbers, so nothing is proved', 1e6, 'fp32', 'denoise'],
  ['a sampler gives no numbers', 1e6, 'fp32', 'sample'],
] as const)('keeps nothing where %s', async (_, scale, precision, program) => {
  const folder = mkdtempSync(join(parent, 'case-'));
  const weights = await randomWeights(folder, scale);
  const path = join(folder, 'out', 'model.onnx');
  const failure = await failureOf(() => exportVerified(model, { weights, path, opset: 17, precision, program }));
  expect(failure).toContain('was not kept');
  expect(readdirSync(join(folder, 'out'))).toEqual([]);
});
