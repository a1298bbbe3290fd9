import { expect, it } from '@jest/globals';
import { gradients } from '../../../../src/compiler/autodiff/gradients';
import { evaluate, evaluateValues, type Arrays } from '../../../../src/compiler/ir/evaluate';
import { input, type NdArray, type Value } from '../../../../src/compiler/ir/graph';
import { substitute } from '../../../../src/compiler/ir/substitute';
import type { Alignment } from '../../../../src/compiler/recipe/index';
import { velocityOf } from '../../../../src/compiler/programs/denoise';
import { meanSquare } from '../../../../src/compiler/programs/loss';
import { alignment } from '../../../../src/compiler/programs/objectives/alignment';
import { alignmentLoss } from '../../../../src/compiler/programs/objectives/repa';
import { add, mul } from '../../../../src/compiler/ops/elementwise';
import { compileModel, pixelditSettings } from '../../../support/compile';
import { failureOf } from '../../../support/failure';
import { goldenCase, relMax, type GoldenCase, type GoldenTensor } from '../../../support/golden';
import { noisyAt } from '../../../support/straight-flow';
import { tinyModel } from '../../../support/tiny-model';

interface Config {
  readonly model: { readonly [key: string]: unknown };
  readonly align_layer: number;
  readonly feat_loss_weight: number;
  readonly proj_hidden: number;
  readonly encoder_dim: number;
  readonly target_tokens: number;
}

it.each(['repa_c2i', 'repa_c2i_pool'])('gives the losses and gradients of %s', (name) => {
  const golden = goldenCase(name);
  const config = golden.about.config as Config;
  const model = compileModel('specs/pixeldit.weft', 'PixelDiT', pixelditSettings(config.model));
  const align: Alignment = {
    kind: 'repa',
    at: `patch_blocks.${config.align_layer - 1}`,
    teacher: 'encoder.onnx',
    hidden: config.proj_hidden,
    weight: config.feat_loss_weight,
    width: config.encoder_dim,
    tokens: config.target_tokens,
  };
  const aligned = alignment(model, align);
  const [image, time] = ['image', 'time'].map((kind) => model.inputs.find((i) => i.kind === kind)!.value);
  const [x0, noise, t] = [input('x0', image.shape), input('noise', image.shape), input('t', time.shape)];
  const flow = noisyAt(x0, noise, t, { noise: 0, data: 1 });
  const replaced = new Map([
    [image, flow.noisy],
    [time, flow.time],
  ]);
  const [velocity, cosine] = substitute([velocityOf(model), aligned.loss], replaced);
  const flowLoss = meanSquare(velocity, flow.target);
  const loss = add(flowLoss, mul(cosine, aligned.weight));
  const weights = [...model.weights, ...aligned.extraWeights];
  const cotangents = gradients(loss, weights);
  const outputs = {
    'out/fm_loss': flowLoss,
    'out/cos_loss': cosine,
    'out/loss': loss,
    ...Object.fromEntries(weights.map((w, i) => [`grad/${goldenName(w.leaf.name)}`, cotangents[i]])),
  };
  const label = model.inputs.find((i) => i.kind === 'class')!.value;
  const program = { name: 'repa', inputs: [x0, noise, t, label, ...aligned.inputs], outputs, updates: [] };
  const given = golden.under('in');
  const inputs = { x0: given.x0, noise: given.noise, t: given.t, y: given.y, teacher: given.target_features };
  const variables = weights.map((w) => [w.leaf.name, arrayOf(golden.tensors[`w/${goldenName(w.leaf.name)}`])]);
  const found = evaluate(program, {
    inputs: Object.fromEntries(Object.entries(inputs).map(([key, tensor]) => [key, arrayOf(tensor)])),
    variables: Object.fromEntries(variables) as Arrays,
  });
  for (const [key, value] of Object.entries(found.outputs)) expectNear(golden, key, value);
});

it('gives the loss and gradients of the text model, whose encoder is finer', () => {
  const golden = goldenCase('repa_t2i');
  const { dim, proj_hidden: hidden, encoder_dim: width } = golden.about.config as { [key: string]: number };
  const [tokens, teacher] = ['in/tokens', 'in/dino_tokens'].map((key) => input(key, golden.tensors[key].shape));
  expect([tokens.shape[2], teacher.shape[2]]).toEqual([dim, width]);
  const { loss, weights } = alignmentLoss({ tokens, teacher }, hidden, 'text');
  const weightName = (name: string): string => name.replace(/^repa\./, '_repa_projector.');
  const leaves = new Map<Value, NdArray>([
    [tokens, arrayOf(golden.tensors['in/tokens'])],
    [teacher, arrayOf(golden.tensors['in/dino_tokens'])],
    ...weights.map((w): [Value, NdArray] => [w, arrayOf(golden.tensors[`w/${weightName(w.leaf.name)}`])]),
  ]);
  const found = evaluateValues([loss, ...gradients(loss, [tokens, ...weights])], leaves);
  expectNear(golden, 'out/repa_loss', found[0]);
  expectNear(golden, 'grad_in/tokens', found[1]);
  weights.forEach((w, i) => expectNear(golden, `grad/${weightName(w.leaf.name)}`, found[2 + i]));
});

it('says which point of the model is meant when the one to align at is not there', async () => {
  const align = { kind: 'repa', at: 'blok', teacher: 'x', hidden: 8, weight: 0.5, width: 4, tokens: null } as const;
  expect(await failureOf(() => alignment(tinyModel(), align))).toBe(
    'Tiny has no tap or block `blok`.\nDid you mean block?',
  );
  expect(await failureOf(() => alignment(tinyModel(), { ...align, at: 'condition' }))).toContain(
    'Alignment takes tokens [batch, tokens, width], but `condition` of Tiny is [batch, 8].',
  );
});

function goldenName(name: string): string {
  return name.replace(/^repa\./, 'diffusion_trainer.proj.0.');
}

function expectNear(golden: GoldenCase, key: string, { data }: NdArray): void {
  const tolerance = golden.tolerance[key.slice(0, key.indexOf('/'))];
  expect([key, relMax(data, golden.tensors[key].data) <= tolerance]).toEqual([key, true]);
}

function arrayOf({ shape, data }: GoldenTensor): NdArray {
  return { shape, data: Float64Array.from(data) };
}
