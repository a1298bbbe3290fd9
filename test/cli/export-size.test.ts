/** ONNX files for images of any size, held to models that are built for single sizes. */
import { expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messages } from '../../src/backends/onnx/proto';
import { loadOnnx } from '../../src/backends/onnx/runtime';
import { imageNoise, writeSafetensors } from '../../src/index';
import { staticShape } from '../../src/compiler/ir/dims';
import { exportVerified, type VerifiedExportOptions } from '../../src/run/export-verified';
import { hasOpenSize, verifySizes } from '../../src/run/verify-sizes';
import { elaborateOpen, openSpec, type OpenModel } from '../../src/spec/open';
import { failureOf } from '../support/failure';
import { suiteFolder } from '../support/folder';

/** Python with the `onnx` package: `WEFT_PYTHON`, or python3 on the path. */
const python = process.env.WEFT_PYTHON ?? 'python3';
const itWithOnnx = spawnSync(python, ['-c', 'import onnx']).status === 0 ? it : it.skip;

const folder = suiteFolder();
const tiny = { patch: '4', width: '16', heads: '2', depth: '1', pixel_width: '4', pixel_depth: '1' };
const classModel = openModel('specs/pixeldit.weft', 'PixelDiT', { ...tiny, size: '8x8', classes: '3' });
const textModel = openModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', {
  ...tiny,
  size: '8x16',
  attn_width: '16',
  attn_heads: '2',
  text_width: '6',
  text_length: '9',
  text_mask: 'true',
});

const pixelFlow = openModel('specs/peers/pixelflow.weft', 'PixelFlow', {
  ...{ size: '8x12', classes: '3', width: '16', heads: '2', depth: '1' },
});

const convolutions = `model Net(size: Size = 8x12) {
  input noisy: image(size)
  input time: scalar
  let down = group_norm(conv2d(noisy, 8, stride: 2) @down, 2) @norm
  output velocity: image(size) = conv2d(concat(noisy, upsample(silu(down) * time), axis: 0), 3) @up
}`;
const convolved = elaborateOpen(openSpec('net.weft', { text: convolutions }).spec, 'Net');

function openModel(file: string, name: string, settings: { readonly [name: string]: string }): OpenModel {
  return elaborateOpen(openSpec(file).spec, name, settings);
}

/** Weights that make every part of the model count: no zero at the start of a branch. */
async function weightsOf({ model }: OpenModel, name: string, seed = 0): Promise<string> {
  const path = join(folder, `${name.replace('/', '-')}.safetensors`);
  const tensors = model.weights.map((w, i) => {
    const shape = staticShape(w.shape);
    const noise = imageNoise(seed + i, shape, 1);
    return [w.leaf.name, { ...noise, shape, data: noise.data.map((x: number) => 0.3 * x) }] as const;
  });
  await writeSafetensors(path, Object.fromEntries(tensors));
  return path;
}

async function exported(open: OpenModel, name: string, options: Partial<VerifiedExportOptions> = {}, verify = false) {
  const weights = await weightsOf(open, name);
  const path = join(folder, name, 'model.onnx');
  const result = await exportVerified(open.model, { weights, path, open, ...options }, verify);
  return { path, weights, result, file: messages.ModelProto.decode(readFileSync(path)) };
}

it.each([
  ['labels, opset 17', classModel, { opset: 17 }],
  ['labels, opset 23', classModel, { opset: 23 }],
  ['masked text, opset 17', textModel, { opset: 17 }],
  ['masked text, opset 23', textModel, { opset: 23 }],
  ['guidance', classModel, { program: 'guided' }],
  ['a whole sampler', textModel, { program: 'sample', opset: 23 }],
  ['a single image at a time', classModel, { dynamicBatch: false }],
  ['convolutions', convolved, {}],
  ['a size that is a feature', pixelFlow, {}],
  ['half precision', textModel, { precision: 'fp16' }],
] as const)('computes what a model of each size computes: %s', async (name, open, options) => {
  const { path, result, file } = await exported(open, name.replace(/\W/g, '-'), options, true);
  expect(result.verification!.passed).toBe(true);
  const image = file.graph!.input!.find((i) => i.name === 'x_t' || i.name === 'noise')!;
  const dims = image.type!.tensorType!.shape!.dim!.map((d) => d.dimParam || Number(d.dimValue));
  expect(dims).toEqual([name === 'a single image at a time' ? 1 : 'batch', expect.any(Number), 'height', 'width']);
  expect(await hasOpenSize(path)).toBe(true);
});

it('runs at sizes that were never built', async () => {
  const { path } = await exported(classModel, 'sizes');
  const model = await loadOnnx(path);
  const run = async (height: number, width: number) => {
    const x_t = imageNoise(5, [3, height, width], 2);
    const t = { shape: [2], dtype: 'f32' as const, data: Float32Array.of(0.2, 0.7) };
    const y = { shape: [2], dtype: 'i32' as const, data: Int32Array.of(0, 3) };
    return (await model.run({ x_t, t, y })).velocity.shape;
  };
  expect(await run(8, 8)).toEqual([2, 3, 8, 8]);
  expect(await run(4, 20)).toEqual([2, 3, 4, 20]);
  await expect(run(8, 10)).rejects.toThrow();
  await model.dispose();
});

itWithOnnx('passes the ONNX checker', async () => {
  for (const opset of [17, 23]) {
    await exported(classModel, `checked/labels-${opset}`, { opset });
    await exported(textModel, `checked/text-${opset}`, { opset });
  }
  const found = execFileSync(python, ['scripts/check-onnx.py', join(folder, 'checked')], { encoding: 'utf8' });
  expect(found).toMatch(/ 0 problems/);
});

it('finds a file whose weights differ, and says at which size', async () => {
  const { path } = await exported(classModel, 'differs');
  const result = await verifySizes(path, classModel, { weights: await weightsOf(classModel, 'others', 99) });
  expect(result.passed).toBe(false);
  expect(result.outputs[0].worst.size).toMatch(/^(8x8|4x8|12x8)$/);
});

it('leaves files of one size as they are', async () => {
  const fixed = classModel.at(8, 8);
  const weights = await weightsOf(classModel, 'fixed');
  const path = join(folder, 'fixed', 'model.onnx');
  await exportVerified(fixed, { weights, path }, false);
  const nodes = messages.ModelProto.decode(readFileSync(path)).graph!.node!.map((n) => n.opType);
  // The only sine is that of the time; tables of positions are numbers of the file.
  expect(nodes.filter((op) => op === 'Range' || op === 'Sin')).toEqual(['Sin']);
  expect(await hasOpenSize(path)).toBe(false);
});

it('says which weight binds a model to one size', async () => {
  const message = await failureOf(async () => openModel('specs/peers/dit.weft', 'DiT', { width: '16', heads: '2' }));
  expect(message).toContain('The image size of DiT cannot be left open.');
  expect(message).toContain('The weight `pos_embed` would be [1, height/2*width/2, 16]');
  expect(message).toContain('--dynamic batch');
});
