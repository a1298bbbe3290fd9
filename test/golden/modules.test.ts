import { expect, it } from '@jest/globals';
import { gradients } from '../../src/compiler/autodiff/gradients';
import { input, type Program, type Value } from '../../src/compiler/ir/graph';
import { add, mul } from '../../src/compiler/ops/elementwise';
import { reduceSum } from '../../src/compiler/ops/reduction';
import type { ModelGraph } from '../../src/compiler/lower/model';
import type { HostTensor } from '../../src/backends/session';
import { staticSize } from '../../src/compiler/ir/dims';
import { compileModel } from '../support/compile';
import { goldenCase, relMax, type GoldenCase } from '../support/golden';
import { backends } from '../support/backends';

/** Model of modules.weft, its hyper-parameters, and output names where the case calls them otherwise. */
const cases: { readonly [name: string]: { model: string; settings?: { [k: string]: string }; outputs?: { [k: string]: string } } } = {
  rmsnorm: { model: 'rmsnorm' },
  swiglu: { model: 'swiglu_case' },
  gelu_mlp: { model: 'gelu_mlp' },
  patch_embed: { model: 'patch_embed' },
  pixel_embed: { model: 'pixel_embed' },
  timestep_embed_10: { model: 'timestep_embed', settings: { features: '10' } },
  timestep_embed_256: { model: 'timestep_embed', settings: { features: '256' } },
  timestep_conditioner: { model: 'timestep_conditioner' },
  rotary_attention: { model: 'rotary_attention' },
  sincos_pos_4_4x7: { model: 'sincos_pos', settings: { channels: '4', size: '4x7' } },
  sincos_pos_8_6x6: { model: 'sincos_pos', settings: { channels: '8', size: '6x6' } },
  dit_block: { model: 'dit_block' },
  pit_block: { model: 'pit_block' },
  pit_block_post: { model: 'pit_block', settings: { modulation: 'post' } },
  final_layer: { model: 'final_layer' },
};

for (const backend of backends) {
  for (const [name, { model, settings }] of Object.entries(cases)) {
    it(`${backend.name} computes ${name} and its gradients as the reference does`, async () => {
      const golden = goldenCase(name);
      const graph = compileModel('test/golden/modules.weft', model, settings);
      const program = backend.trains ? withGradients(graph, golden) : forward(graph);
      const session = await backend.open([program], { bindings: { batch: batchOf(golden, graph) } });
      try {
        await session.set(golden.under('w'));
        const results = await session.run(program.name, inputsOf(program, golden));
        const wanted = { ...pick(golden, 'out'), ...(backend.trains ? { ...pick(golden, 'grad'), ...pick(golden, 'grad_in') } : {}) };
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
