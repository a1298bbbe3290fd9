import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { onnx } from 'onnx-proto';
import { exportOnnx, type OnnxExportOptions } from '../../../src/backends/onnx/export';
import { messages } from '../../../src/backends/onnx/proto';
import { verifyOnnx } from '../../../src/backends/onnx/verify';
import { openTfjs } from '../../../src/backends/tfjs/session';
import type { Program } from '../../../src/compiler/ir/graph';
import { gatedProgram, weightsOf, weightValues } from './models';
import { suiteFolder } from '../../support/folder';

const folder = suiteFolder();

let count = 0;
async function exported(program: Program, options: Partial<OnnxExportOptions> = {}) {
  const path = join(folder, `${count++}`, 'model.onnx');
  const result = await exportOnnx(program, { path, weights: weightsOf(program), ...options });
  return { path, model: messages.ModelProto.decode(readFileSync(path)), ...result };
}
async function verified(path: string, program: Program, tolerance?: number) {
  const session = await openTfjs([program]);
  await session.set(weightValues(program));
  const result = await verifyOnnx(path, session, program, { tolerance });
  await session.dispose();
  return result;
}
const opTypes = (model: onnx.IModelProto) => model.graph!.node!.map((n) => n.opType);
const initializer = (model: onnx.IModelProto, name: string) => model.graph!.initializer!.find((t) => t.name === name)!;

it('writes a model that computes what the program does, for any batch', async () => {
  const program = gatedProgram();
  const { path } = await exported(program);
  const result = await verified(path, program);
  expect(result.passed).toBe(true);
  expect(result.outputs.map((o) => o.output)).toEqual(['velocity', 'wide']);
});

it('names the batch, the modules and the producer', async () => {
  const { model } = await exported(gatedProgram(), { metadata: { spec: 'model M' } });
  const [input] = model.graph!.input!;
  expect(input.name).toBe('x_t');
  expect(input.type!.tensorType!.shape!.dim!.map((d) => d.dimParam || Number(d.dimValue))).toEqual(['batch', 4, 8]);
  expect(model.graph!.node!.map((n) => n.name)).toContain('layers.1/MatMul_0');
  expect(model.producerName).toBe('weft');
  expect(Number(model.irVersion)).toBe(8);
  expect(Object.fromEntries(model.metadataProps!.map((p) => [p.key, p.value]))).toEqual({
    program: 'denoise',
    precision: 'fp32',
    spec: 'model M',
  });
});

it('stores linear weights transposed, so that nothing is transposed at run time', async () => {
  const program = gatedProgram();
  const { model } = await exported(program);
  expect(opTypes(model)).not.toContain('Transpose');
  const raw = initializer(model, 'layers.0.weight.T').rawData!;
  const stored = new Float32Array(Uint8Array.from(raw).buffer);
  expect(stored[1]).toBe(weightValues(program)['layers.0.weight'].data[8]);
});

it('lets a Reshape infer the batch and computes it where a number is needed', async () => {
  const { model } = await exported(gatedProgram());
  expect(opTypes(model).filter((t) => t === 'Shape')).toHaveLength(1);
  const expand = model.graph!.node!.find((n) => n.opType === 'Expand')!;
  expect(expand.input![1]).toMatch(/^sizes\/Concat/);
});

it('holds no symbol when the batch is fixed', async () => {
  const { model } = await exported(gatedProgram(), { dynamicBatch: false });
  expect(Number(model.graph!.input![0].type!.tensorType!.shape!.dim![0].dimValue)).toBe(1);
  expect(opTypes(model)).not.toContain('Shape');
});

it('puts large weights into a file beside the model, at page boundaries', async () => {
  const program = gatedProgram(64);
  const { path, model, files, bytes } = await exported(program, { externalData: true });
  expect(files).toEqual([path, `${path}.data`]);
  expect(bytes).toBe(files.reduce((sum, f) => sum + statSync(f).size, 0));
  const entries = initializer(model, 'layers.1.weight.T').externalData!.map((e) => [e.key, e.value]);
  expect(Object.fromEntries(entries)).toEqual({ location: 'model.onnx.data', offset: '16384', length: '16384' });
  expect(initializer(model, 'bias').rawData).toHaveLength(256);
  expect((await verified(path, program)).passed).toBe(true);
});

it('takes away the weights of an earlier export that has them no more', async () => {
  const program = gatedProgram(64);
  const path = join(folder, 'again', 'model.onnx');
  await exportOnnx(program, { path, weights: weightsOf(program), externalData: true });
  await exportOnnx(program, { path, weights: weightsOf(program), externalData: false });
  expect(readdirSync(join(folder, 'again'))).toEqual(['model.onnx']);
});

it('halves the weights and stays near in fp16', async () => {
  const program = gatedProgram(64);
  const { path, model } = await exported(program, { precision: 'fp16' });
  expect(initializer(model, 'layers.0.weight.T').dataType).toBe(10);
  expect(model.graph!.input![0].type!.tensorType!.elemType).toBe(1);
  expect(model.graph!.output![0].type!.tensorType!.elemType).toBe(1);
  const { passed, outputs } = await verified(path, program, 5e-3);
  expect(passed).toBe(true);
  expect(outputs[0].relMax).toBeGreaterThan(0);
});

it('stores matrices as bf16 and computes in float32', async () => {
  const program = gatedProgram(64);
  const { path, model } = await exported(program, { precision: 'bf16' });
  expect(initializer(model, 'layers.0.weight.T').dataType).toBe(16);
  expect(initializer(model, 'bias').dataType).toBe(1);
  expect(opTypes(model)).not.toContain('Transpose');
  expect((await verified(path, program, 2e-2)).passed).toBe(true);
});

it('says which weights are missing or of another shape before it writes anything', async () => {
  const program = gatedProgram();
  const path = join(folder, 'refused', 'model.onnx');
  const { bias, ...others } = weightValues(program);
  const without = { ...weightsOf(program), names: Object.keys(others) };
  await expect(exportOnnx(program, { path, weights: without })).rejects.toThrow(
    'The weights lack 1 of 3 tensors to export: bias.',
  );
  await expect(exportOnnx(gatedProgram(16), { path, weights: weightsOf(program) })).rejects.toThrow(
    'layers.0.weight is [8, 8], the model has [16, 16]',
  );
  expect(readdirSync(folder)).not.toContain('refused');
  expect(bias.shape).toEqual([8]);
});

it('leaves nothing behind when a weight cannot be read', async () => {
  const program = gatedProgram(64);
  const path = join(folder, 'failed', 'deep', 'model.onnx');
  const weights = weightsOf(program);
  const failing = {
    ...weights,
    read: async (name: string) => {
      if (name === 'layers.1.weight') throw new Error('lost');
      return weights.read(name);
    },
  };
  await expect(exportOnnx(program, { path, weights: failing, externalData: true })).rejects.toThrow('lost');
  expect(readdirSync(folder)).not.toContain('failed');
});

it('does not write where there is no folder to write to', async () => {
  const program = gatedProgram();
  const file = join(folder, 'a-file');
  writeFileSync(file, 'mine');
  await expect(exportOnnx(program, { path: join(file, 'model.onnx'), weights: weightsOf(program) })).rejects.toThrow(
    `${file} cannot be a folder: a file is in the way.`,
  );
  expect(readFileSync(file, 'utf8')).toBe('mine');
});

it('finds a file whose weights differ', async () => {
  const program = gatedProgram();
  const { path } = await exported(program, { weights: weightsOf(program, 2) });
  const { passed, outputs } = await verified(path, program);
  expect(passed).toBe(false);
  expect(outputs[0].relMax).toBeGreaterThan(0.01);
});

(existsSync('/dev/full') ? it : it.skip)('says how much room it needs when the disk is full', async () => {
  const program = gatedProgram();
  await expect(exportOnnx(program, { path: '/dev/full', weights: weightsOf(program) })).rejects.toThrow(
    /^The disk of \/dev has too little room: the export needs \d.*, and .* are free\.$/,
  );
});
