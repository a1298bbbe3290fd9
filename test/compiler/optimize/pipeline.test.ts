import { expect, it } from '@jest/globals';
import { evaluate } from '../../../src/compiler/ir/evaluate';
import { input, rootsOf, topological, type Program, type Value } from '../../../src/compiler/ir/graph';
import { verify } from '../../../src/compiler/ir/verify';
import { dialectWords } from '../../../src/compiler/emit/words';
import { ops } from '../../../src/compiler/ops';
import { optimize, pipelineFor } from '../../../src/compiler/optimize/pipeline';
import type { Rewrite } from '../../../src/compiler/optimize/rewrite';
import { simplifyWith } from '../../../src/compiler/optimize/simplify';
import type { AnyOp } from '../../../src/compiler/ops/define';
import { denoise } from '../../../src/compiler/programs/denoise';
import { guided } from '../../../src/compiler/programs/guided';
import { grad, loss } from '../../../src/compiler/programs/loss';
import { samplerProgram, type Walk } from '../../../src/compiler/programs/sample';
import { trainStep } from '../../../src/compiler/programs/train-step';
import { array, normal, tinyModel, weightValues } from '../../support/tiny-model';

const model = tinyModel();
const dialects = ['graphDef', 'eager', 'onnx'] as const;
const sizeOf = (program: Program): number => topological(rootsOf(program)).filter((v) => v.op).length;

it.each([null, ...dialects])('keeps the meaning after every pass for %s', (dialect) => {
  const words = dialect && dialectWords(dialect);
  const program = grad(model);
  const given = {
    inputs: {
      x_t: normal([2, 3, 4, 4], 1),
      t: array([2], 0.2, 0.7),
      y: array([2], 1, 5),
      v_target: normal([2, 3, 4, 4], 2),
    },
    variables: weightValues(model),
  };
  const want = evaluate(program, given).outputs;
  let current = program;
  for (const pass of pipelineFor(words)) {
    current = pass.run(current);
    expect([pass.name, verify(current)]).toEqual([pass.name, []]);
    const got = evaluate(current, given).outputs;
    for (const name of Object.keys(want)) {
      // Rewrites regroup float64 sums and products.
      got[name].data.forEach((x, i) => expect(x).toBeCloseTo(want[name].data[i], 12));
    }
  }
  expect(Object.keys(current.outputs)).toEqual(Object.keys(program.outputs));
});

const step = trainStep(model, {
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  ema: 0.99,
  labelDrop: 0.1,
  precision: 'bf16',
});
const walk: Walk = {
  solver: 'dpm_solver_pp',
  steps: 4,
  shift: 2,
  guidance: { scale: 2, from: 0.1, to: 0.9 },
};
const programs = [denoise(model), guided(model), loss(model), step, samplerProgram(model, walk).turn];

it.each(programs.flatMap((program) => [null, ...dialects].map((dialect) => [program.name, dialect, program] as const)))(
  'leaves %s sound after every pass for %s',
  (_, dialect, program) => {
    let current = program;
    for (const pass of pipelineFor(dialect && dialectWords(dialect))) {
      current = pass.run(current);
      expect([pass.name, verify(current)]).toEqual([pass.name, []]);
    }
  },
);

it('makes a gradient program smaller', () => {
  expect(sizeOf(optimize(grad(model)))).toBeLessThan(sizeOf(grad(model)));
});

it('writes a composite and its gradient in shared terms where a backend has no word for it', () => {
  const program = optimize(grad(model), dialectWords('graphDef'));
  const count = (opName: string): number => topological(rootsOf(program)).filter((v) => v.op?.opName === opName).length;
  expect(count('rms_norm')).toBe(0);
  expect(count('rsqrt')).toBe(1);
});

it('finds nothing more to do in its own result', () => {
  const once = optimize(grad(model));
  expect(sizeOf(optimize(once))).toBe(sizeOf(once));
});

it('keeps inputs, outputs and updated variables of a train step', () => {
  const optimized = optimize(step);
  expect(optimized.inputs).toEqual(step.inputs);
  expect(optimized.updates.map((u) => u.variable)).toEqual(step.updates.map((u) => u.variable));
  expect(sizeOf(optimized)).toBeLessThan(sizeOf(step));
});

it('drops updates that store what is there', () => {
  const weight = model.weights[0];
  const program: Program = {
    name: 'p',
    inputs: [],
    outputs: {},
    updates: [{ variable: weight, value: ops.mul(weight, 1) }],
  };
  expect(optimize(program).updates).toEqual([]);
});

it('tries a rule once for each value of its op, however long the graph', () => {
  let tries = 0;
  const counting: Rewrite = {
    name: 'counting',
    doc: 'Counts, and fits nowhere.',
    root: ops.add as unknown as AnyOp,
    apply: () => {
      tries++;
      return null;
    },
    explain: () => 'it fits nowhere',
  };
  const start = input('x', [4, 8]);
  let v: Value = start;
  for (let i = 0; i < 5000; i++) v = ops.add(ops.neg(v), v);
  simplifyWith([counting]).run({ name: 'p', inputs: [start], outputs: { v }, updates: [] });
  expect(tries).toBe(5000);
});
