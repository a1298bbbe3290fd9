import { expect, it } from '@jest/globals';
import { gradients } from '../../src/compiler/autodiff/gradients';
import { input, type Program, type Value } from '../../src/compiler/ir/graph';
import { add, mul } from '../../src/compiler/ops/elementwise';
import { reduceSum } from '../../src/compiler/ops/reduction';
import type { ModelGraph } from '../../src/compiler/lower/model';
import type { HostTensor } from '../../src/backends/session';
import { staticSize } from '../../src/compiler/ir/dims';
import { compileModel } from '../support/compile';
import { goldenCase, goldenWeights, relMax, type GoldenCase } from '../support/golden';
import { backends } from '../support/backends';

interface Case {
  readonly golden?: string;
  /** Of modules.weft. */
  readonly model: string;
  readonly settings?: { readonly [name: string]: string };
  /** Names of the case's outputs by those of the model, where they differ or only some are made. */
  readonly outputs?: { readonly [made: string]: string };
}

const turned = { q_out: 'q', k_out: 'k' };
const table = { cos_out: 'cos', sin_out: 'sin' };
const streams = { x_out: 'x', y_out: 'y' };

const cases: { readonly [name: string]: Case } = {
  rmsnorm: { model: 'rmsnorm' },
  swiglu: { model: 'swiglu_case' },
  gelu_mlp: { model: 'gelu_mlp' },
  patch_embed: { model: 'patch_embed' },
  pixel_embed: { model: 'pixel_embed' },
  timestep_embed_10: { model: 'timestep_embed', settings: { features: '10' } },
  timestep_embed_256: { model: 'timestep_embed', settings: { features: '256' } },
  timestep_conditioner: { model: 'timestep_conditioner' },
  rotary_attention: { model: 'rotary_attention' },
  rope1d_16_7: { model: 'rope1d_case', settings: { length: '7', heads: '2', head_width: '16' }, outputs: turned },
  'rope1d_16_7 (table)': {
    golden: 'rope1d_16_7',
    model: 'rope1d_table',
    settings: { length: '7', head_width: '16' },
    outputs: table,
  },
  rope2d_16_4x4: { model: 'rope2d_case', settings: { size: '4x4', heads: '2', head_width: '16' }, outputs: turned },
  'rope2d_16_4x4 (table)': {
    golden: 'rope2d_16_4x4',
    model: 'rope2d_table',
    settings: { size: '4x4', head_width: '16' },
    outputs: table,
  },
  rope2d_8_2x5: { model: 'rope2d_case', settings: { size: '2x5', heads: '2', head_width: '8' }, outputs: turned },
  'rope2d_8_2x5 (table)': {
    golden: 'rope2d_8_2x5',
    model: 'rope2d_table',
    settings: { size: '2x5', head_width: '8' },
    outputs: table,
  },
  sincos_pos_4_4x7: { model: 'sincos_pos', settings: { channels: '4', size: '4x7' } },
  sincos_pos_8_6x6: { model: 'sincos_pos', settings: { channels: '8', size: '6x6' } },
  dit_block: { model: 'dit_block' },
  pit_block: { model: 'pit_block' },
  pit_block_post: { model: 'pit_block', settings: { modulation: 'post' } },
  text_embed: { model: 'text_embed', outputs: { y_out: 'y' } },
  mmdit_block: { model: 'mmdit_block', outputs: streams },
  mmdit_block_mask: { model: 'mmdit_block', settings: { masked: 'true' }, outputs: streams },
  mmdit_block_norope: { model: 'mmdit_block', settings: { rotate: 'false' }, outputs: streams },
  final_layer: { model: 'final_layer' },
};

for (const backend of backends) {
  for (const [name, { golden: file = name, model, settings, outputs }] of Object.entries(cases)) {
    it(`${backend.name} computes ${name} and its gradients as the reference does`, async () => {
      const golden = goldenCase(file);
      const graph = renamed(compileModel('test/golden/modules.weft', model, settings), outputs);
      const program = backend.trains ? withGradients(graph, golden) : forward(graph);
      const session = await backend.open([program], { bindings: { batch: batchOf(golden, graph) } });
      try {
        await session.set(goldenWeights(golden));
        const results = await session.run(program.name, inputsOf(program, golden));
        const wanted = { ...made(pick(golden, 'out'), graph), ...(backend.trains ? { ...pick(golden, 'grad'), ...pick(golden, 'grad_in') } : {}) };
        const misses = Object.entries(wanted).flatMap(([key, want]) => {
          const distance = relMax(toArray(results[key]), want.data);
          return distance <= golden.tolerance[key.split('/')[0]] ? [] : [`${key}: ${distance}`];
        });
        expect(misses).toEqual([]);
      } finally {
        await session.dispose();
      }
    });
  }
}

/** The model with its outputs under the names of the case. */
function renamed(graph: ModelGraph, names: Case['outputs'] = {}): ModelGraph {
  const outputs = Object.entries(graph.outputs).map(([made, value]) => [names[made] ?? made, value] as const);
  return { ...graph, outputs: Object.fromEntries(outputs) };
}

/** The outputs of a case that the model makes: tables have no batch axis, so they are models of their own. */
function made<T>(wanted: { [key: string]: T }, graph: ModelGraph): { [key: string]: T } {
  const entries = Object.entries(wanted).filter(([key]) => key.slice('out/'.length) in graph.outputs);
  expect(entries).toHaveLength(Object.keys(graph.outputs).length);
  return Object.fromEntries(entries);
}

function pick(golden: GoldenCase, prefix: string): { [key: string]: { data: ArrayLike<number> } } {
  return Object.fromEntries(Object.entries(golden.under(prefix)).map(([k, v]) => [`${prefix}/${k}`, v]));
}

function toArray(t: HostTensor | undefined): ArrayLike<number> {
  if (!t) throw new Error('an output is missing');
  return t.data;
}

function forward(graph: ModelGraph): Program {
  const outputs = Object.fromEntries(Object.entries(graph.outputs).map(([k, v]) => [`out/${k}`, v]));
  return { name: 'forward', inputs: graph.inputs.map((i) => i.value), outputs, updates: [] };
}

/** Outputs, and gradients of Σ output · cotangent by weights and inputs. */
function withGradients(graph: ModelGraph, golden: GoldenCase): Program {
  const program = forward(graph);
  const cotangents = Object.entries(graph.outputs).flatMap(([k, v]) =>
    golden.tensors[`in/cotangent.${k}`] ? [{ value: v, dy: input(`cotangent.${k}`, v.shape) }] : [],
  );
  if (cotangents.length === 0) return program;
  const sumAll = (v: Value): Value => reduceSum(v, { axes: v.shape.map((_, i) => i), keepDims: false });
  const loss = cotangents.map(({ value, dy }) => sumAll(mul(value, dy))).reduce((a, b) => add(a, b));
  const inputs = graph.inputs.filter((i) => i.value.dtype === 'f32');
  const wrt = [...graph.weights, ...inputs.map((i) => i.value)];
  const names = [...graph.weights.map((w) => `grad/${w.leaf.name}`), ...inputs.map((i) => `grad_in/${i.name}`)];
  const grads = gradients(loss, wrt);
  return {
    ...program,
    inputs: [...program.inputs, ...cotangents.map((c) => c.dy)],
    outputs: { ...program.outputs, ...Object.fromEntries(names.map((n, i) => [n, grads[i]])) },
  };
}

function batchOf(golden: GoldenCase, graph: ModelGraph): number {
  const first = graph.inputs[0];
  if (!first) return 1;
  const data = golden.tensors[`in/${first.name}`].data;
  return data.length / staticSize(first.value.shape.slice(1));
}

/** The case's inputs under the shapes of the program, which keeps patches apart from the batch. */
function inputsOf(program: Program, golden: GoldenCase): { [name: string]: HostTensor } {
  return Object.fromEntries(
    program.inputs.map((v) => {
      const name = v.leaf!.kind === 'input' ? v.leaf!.name : '';
      const { data, dtype } = golden.tensors[`in/${name}`];
      const rest = v.shape.slice(1).map(Number);
      return [name, { shape: [data.length / rest.reduce((a, b) => a * b, 1), ...rest], dtype, data }];
    }),
  );
}
