/** The hand-written tfjs peer: eager operations on tfjs-node-gpu, `variableGrads` and `optimizer.applyGradients`. */
import { createRequire } from 'node:module';
import type * as TF from '@tensorflow/tfjs-node-gpu';
import type { HostTensor } from '../../../src/backends/session';
import { readSafetensors } from '../../../src/data/safetensors/read';
import { shimNode } from '../../../src/setup/node-shims';
import type { PeerTask } from '../protocol';
import { serve, type Trainer } from '../serve';
import { pixelDiT, type Tf, type Weights } from './model';

await serve(start);

async function start(task: PeerTask): Promise<Trainer> {
  shimNode();
  const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as Tf;
  tf.enableProdMode();
  const tensors = await readSafetensors(task.problem);
  const weights: { [name: string]: TF.Variable } = {};
  for (const [name, tensor] of tensors) {
    if (!name.startsWith('w/')) continue;
    const weight = name.slice(2);
    weights[weight] = tf.variable(upload(tf, tensor), true, weight);
  }
  const batches = Array.from({ length: task.batches }, (_, i) =>
    ['x0', 'noise', 't', 'y'].map((name) => tensors.get(`in/${i}/${name}`)!),
  );
  return trainer(tf, task, weights, batches);
}

function trainer(tf: Tf, task: PeerTask, weights: Weights, batches: readonly (readonly HostTensor[])[]): Trainer {
  const { rate, betas, eps, clip, ema: decay } = task.settings;
  const variables = Object.values(weights);
  const averaged = variables.map((v) => tf.variable(tf.clone(v), false));
  const initial = variables.map((v) => tf.clone(v));
  const denoise = pixelDiT(tf, task.model, weights);
  // Without weight decay, as here, AdamW is Adam.
  const optimizer = tf.train.adam(rate, ...betas, eps);

  function update(index: number): TF.Scalar {
    const [x0, noise, t, y] = batches[index]!.map((tensor) => upload(tf, tensor)) as [
      TF.Tensor,
      TF.Tensor,
      TF.Tensor1D,
      TF.Tensor1D,
    ];
    const time = t.reshape([-1, 1, 1, 1]);
    const noisy = tf.add(tf.mul(time, x0), tf.mul(tf.sub(1, time), noise));
    const target = tf.sub(x0, noise);
    const loss = (): TF.Scalar => tf.mean(tf.squaredDifference(denoise(noisy, t, y), target));
    const { value, grads } = tf.variableGrads(loss, variables);
    optimizer.applyGradients(clipped(grads));
    variables.forEach((v, i) => averaged[i]!.assign(tf.add(tf.mul(averaged[i]!, decay), tf.mul(v, 1 - decay))));
    return value;
  }

  function clipped(grads: TF.NamedTensorMap): { name: string; tensor: TF.Tensor }[] {
    const squares = Object.values(grads).map((g) => tf.sum(tf.square(g)));
    const norm = tf.sqrt(tf.addN(squares));
    const scale = tf.minimum(1, tf.div(clip, tf.add(norm, 1e-6)));
    return Object.entries(grads).map(([name, g]) => ({ name, tensor: tf.mul(g, scale) }));
  }

  const distance = (values: readonly TF.Tensor[]) =>
    tf.tidy(() => tf.sqrt(tf.addN(values.map((v, i) => tf.sum(tf.squaredDifference(v, initial[i]!))))).dataSync()[0]!);
  return {
    parameters: variables.reduce((sum, v) => sum + v.size, 0),
    step: async (index) => tf.tidy(() => update(index).dataSync()[0]!),
    moved: async () => ({ weights: distance(variables), ema: distance(averaged) }),
  };
}

function upload(tf: Tf, { data, shape, dtype }: HostTensor): TF.Tensor {
  return tf.tensor(data as Float32Array | Int32Array, [...shape], dtype === 'i32' ? 'int32' : 'float32');
}
