import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { onnx } from 'onnx-proto';
import { exportOnnx, type OnnxExportOptions } from '../../../src/backends/onnx/export';
import { readMetadata } from '../../../src/backends/onnx/metadata';
import { messages } from '../../../src/backends/onnx/proto';
import { loadOnnx } from '../../../src/backends/onnx/runtime';
import type { HostTensors } from '../../../src/backends/session';
import type { ModelGraph } from '../../../src/compiler/lower/model';
import { samplerProgram, type Walk } from '../../../src/compiler/programs/sample';
import { solverNames } from '../../../src/compiler/programs/samplers';
import { fromTensors } from '../../../src/data/weight-source';
import { exportModelToOnnx } from '../../../src/run/export-model';
import { readNotes } from '../../../src/run/sampling-notes';
import { verifyModel } from '../../../src/run/verify-model';
import { writeSafetensors } from '../../../src/data/safetensors';
import { compiledText, compileModel, configured, type GoldenConfig } from '../../support/compile';
import { failureOf } from '../../support/failure';
import { goldenCase, relMax } from '../../support/golden';
import { tinyModel } from '../../support/tiny-model';
import { initialValue } from '../../../src/backends/initial-values';
import { variable } from '../../../src/compiler/ir/graph';
import { settingsOf } from '../../support/walk';
import { suiteFolder } from '../../support/folder';

const folder = suiteFolder();

let count = 0;
const fresh = (name: string): string => join(folder, `${count++}`, name);
const walk = (changes: Partial<Walk> = {}): Walk => ({
  solver: 'flow_dpm',
  steps: 4,
  shift: 2,
  guidance: { scale: 3, from: 0.3, to: 0.9 },
  ...changes,
});

/** Every weight random: those that start at zero would hide what lies behind them. */
function randomWeights(model: ModelGraph, std = 0.2): HostTensors {
  const normal = model.weights.map((w) => variable(w.leaf.name, w.shape, { kind: 'normal', std }, 'weight'));
  return Object.fromEntries(normal.map((v) => [v.leaf.name, initialValue(v, 1)]));
}

/** Exports the sampler and compares what it draws with what the sampler of this process draws. */
async function verified(model: ModelGraph, sampling: Walk, options: Partial<OnnxExportOptions> = {}, tolerance = 1e-4) {
  const [path, weights] = [fresh('model.onnx'), fresh('weights.safetensors')];
  await writeSafetensors(weights, randomWeights(model));
  await exportModelToOnnx(model, { path, program: 'sample', sampling, ...options, weights });
  const result = await verifyModel(path, model, { weights, backend: 'tfjs', tolerance });
  return { path, result };
}

async function exported(model: ModelGraph, sampling: Walk, options: Partial<OnnxExportOptions> = {}) {
  const path = fresh('model.onnx');
  await exportOnnx(samplerProgram(model, sampling), { path, weights: fromTensors(randomWeights(model)), ...options });
  const { graph } = messages.ModelProto.decode(readFileSync(path));
  const loop = graph!.node!.find((n) => n.opType === 'Loop')!;
  return { path, graph: graph!, loop, body: loop.attribute![0].g! };
}
const names = (list: readonly { name?: string | null }[]): string[] => list.map((x) => x.name!);
const opTypes = (graph: onnx.IGraphProto): string[] => graph.node!.map((n) => n.opType!);

it.each([17, 23].flatMap((opset) => solverNames.map((solver) => [opset, solver] as const)))(
  'a sampler at opset %i by %s draws what the sampler of this process draws',
  async (opset, solver) => {
    const { result } = await verified(tinyModel(), walk({ solver }), { opset });
    expect(result.outputs.map((o) => o.output)).toEqual(['image']);
    expect(result.passed).toBe(true);
    expect(result.outputs[0].worst.batch).not.toBeNull();
  },
);

it.each([
  ['one step', { solver: 'heun', steps: 1 }],
  ['rescaled guidance', { guidance: { scale: 5, from: 0, to: 1, rescale: 0.7 } }],
  ['no guidance', { guidance: null }],
] as const)('a sampler with %s draws what the sampler of this process draws', async (_, changes) => {
  expect((await verified(tinyModel(), walk(changes))).result.passed).toBe(true);
});

it.each([
  [17, 'fp32', 'dpm_solver_pp(steps: 5, shift: 2)', 'cfg(3, from: 0.3, rescale: 0.5)', 1e-4],
  [23, 'fp32', 'heun_exact(steps: 4)', 'apg(3, longest: 4)', 1e-4],
  [17, 'fp32', 'euler_maruyama(steps: 4)', 'cfg(2)', 1e-4],
  [23, 'fp16', 'consistency(steps: 3)', undefined, 1e-2],
  [23, 'bf16', 'flow_dpm(steps: 4)', 'cfg(3)', 5e-2],
] as const)(
  'a sampler of the language at opset %i in %s by %s draws what the sampler of this process draws',
  async (opset, precision, solver, guidance, tolerance) => {
    const { path, result } = await verified(
      tinyModel(),
      settingsOf({ solver, guidance }),
      { opset, precision },
      tolerance,
    );
    expect(result.passed).toBe(true);
    const onnx = await loadOnnx(path);
    const isRandom = /maruyama|consistency/.test(solver);
    expect(names(onnx.inputs)).toEqual(['noise', ...(isRandom ? ['draws'] : []), 'y']);
    await onnx.dispose();
  },
);

const sizes = { size: '8x8', patch: '4', width: '16', heads: '2', depth: '1', pixel_width: '4', pixel_depth: '1' };
const texts = { ...sizes, attn_width: '8', attn_heads: '2', text_width: '8', text_length: '6', text_mask: 'true' };

it.each([
  [17, 'fp32', 1e-4],
  [23, 'fp32', 1e-4],
  [23, 'fp16', 1e-2],
  [23, 'bf16', 5e-2],
] as const)('a sampler of texts with masks at opset %i in %s draws the same', async (opset, precision, tolerance) => {
  const model = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', texts);
  const { path, result } = await verified(model, walk({ solver: 'dpm_solver_pp' }), { opset, precision }, tolerance);
  expect(result.passed).toBe(true);
  const onnx = await loadOnnx(path);
  expect(names(onnx.inputs)).toEqual(['noise', 'text', 'text_mask', 'text_none', 'text_mask_none']);
  await onnx.dispose();
});

it.each([
  ['sampler_euler_c2i', 'euler'],
  ['sampler_heun_c2i', 'heun'],
  ['sampler_heun_exact_c2i', 'heun_exact'],
  ['sampler_flowdpm_c2i', 'flow_dpm'],
  ['sampler_dpmpp_t2i', 'dpm_solver_pp'],
] as const)('ends where the reference ends in %s', async (name, solver) => {
  const golden = goldenCase(name);
  const config = golden.about.config as { [key: string]: number } & { interval: [number, number] };
  const weights = goldenCase(solver === 'dpm_solver_pp' ? 't2i_tiny' : 'c2i_tiny');
  const { file, model: modelName, settings } = configured(weights.about.config as GoldenConfig);
  const [from, to] = config.interval;
  const sampling = {
    solver,
    steps: config.num_steps,
    shift: config.timeshift ?? config.flow_shift,
    guidance: { scale: config.guidance, from, to },
  };
  const path = fresh('model.onnx');
  const program = samplerProgram(compileModel(file, modelName, settings), sampling);
  await exportOnnx(program, { path, weights: fromTensors(weights.under('w')) });
  const onnx = await loadOnnx(path);
  const { y_cond: y, text_cond: text, text_uncond: text_none, noise } = golden.under('in');
  const { image } = await onnx.run(y ? { noise, y } : { noise, text, text_none });
  await onnx.dispose();
  const exact = golden.tensors['exact/x_trajectory'];
  const walked = exact ?? golden.tensors['out/x_trajectory'];
  const last = walked.data.subarray(walked.data.length - image.data.length);
  expect(relMax(image.data, last)).toBeLessThanOrEqual(exact ? golden.tolerance.exact : golden.tolerance.out);
});

it('keeps weights outside the loop, once, and computes before it what no turn changes', async () => {
  const { path, graph, loop, body } = await exported(tinyModel(), walk(), { precision: 'bf16' });
  expect(body.initializer).toHaveLength(0);
  expect(names(graph.initializer!).filter((n) => n.startsWith('block.q.weight'))).toHaveLength(1);
  expect(opTypes(body)).not.toContain('Cast');
  expect(opTypes(graph).filter((t) => t === 'Cast').length).toBeGreaterThan(0);
  expect(opTypes(graph).at(-1)).toBe('Loop');
  expect(loop.output![0]).toBe('image');
  expect(names(graph.output!)).toEqual(['image']);
  expect(path).toBeDefined();
});

it('runs with its weights in a file of their own', async () => {
  const model = compileModel('specs/pixeldit.weft', 'PixelDiT', { ...sizes, classes: '3' });
  const { result } = await verified(model, walk({ solver: 'heun' }), { externalData: true });
  expect(result.passed).toBe(true);
});

it('reads a number for each turn from tables, and only those that change', async () => {
  const { body } = await exported(tinyModel(), walk({ solver: 'euler', shift: 1, guidance: null }));
  const gathered = body.node!.filter((n) => n.input![1] === 'loop/iteration').map((n) => n.output![0]);
  expect(gathered).toEqual(['loop/t']);
  expect(names(body.input!)).toEqual(['loop/iteration', 'loop/condition', 'loop/latents']);
});

it('keeps latents in float32 whatever the precision of the model', async () => {
  const { body } = await exported(tinyModel(), walk(), { precision: 'fp16' });
  const types = [...body.input!.slice(2), ...body.output!.slice(1)].map((v) => v.type!.tensorType!.elemType);
  expect(types).toEqual([1, 1, 1, 1]);
  expect(opTypes(body)).toContain('Cast');
});

it('notes in the file how it walks, and reads it from there', async () => {
  const sampling = walk({ solver: 'euler', shift: 1.5, guidance: { scale: 3, from: 0.2, to: 0.8, rescale: 0.5 } });
  const { path } = await verified(tinyModel(), sampling);
  const metadata = await readMetadata(path);
  expect(metadata).toEqual({
    conventions: '{"prediction":"velocity","time":{"noise":0,"data":1},"path":"straight"}',
    guidance: '{"scale":3,"from":0.2,"to":0.8,"rescale":0.5}',
    hyperparameters: '{}',
    model: 'Tiny',
    precision: 'fp32',
    program: 'sample',
    shift: '1.5',
    solver: 'euler',
    steps: '4',
  });
  expect(await readNotes(path)).toEqual({ program: 'sample', sampling: { ...sampling, wholeTimes: false }, metadata });
});

it.each(['noise', 'image'])('refuses a condition called %s, which a sampler has of its own', async (name) => {
  const model = compiledText(`model M() {
  input noisy: image(4)
  input time:  time(noise: 0, data: 1)
  input ${name}: image(4)
  output velocity: image(4) = noisy * time + ${name}
}`);
  const said = await failureOf(() => samplerProgram(model, walk({ guidance: null })));
  expect(said).toContain(`\`${name}\` of its own, and M has a condition of that name`);
});

it('says why autoguidance cannot be exported and what can', async () => {
  const guidance = { scale: 2, from: 0, to: 1, weak: 'early.safetensors' };
  expect(await failureOf(() => samplerProgram(tinyModel(), walk({ guidance })))).toContain(
    'Autoguidance needs the weights of two models',
  );
});
