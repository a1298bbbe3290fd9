/** The Weft peer: PixelDiT from its spec, the training step that the compiler makes of it, on TensorFlow. */
import { join } from 'node:path';
import { openSession } from '../../src/backends/open';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import type { ModelGraph } from '../../src/compiler/lower/model';
import type { Optimizer } from '../../src/compiler/recipe/index';
import { averageOf } from '../../src/compiler/programs/optimizers/ema';
import { trainStepGiven } from '../../src/compiler/programs/train-step';
import { readSafetensors } from '../../src/data/safetensors/read';
import { packageRoot } from '../../src/files/package-root';
import { elaborateModel, openSpec, recipeNamed } from '../../src/spec/open';
import type { ModelSize, PeerTask } from './protocol';
import { serve, type Trainer } from './serve';

await serve(start);

async function start(task: PeerTask): Promise<Trainer> {
  const { settings, precision, threads, batchSize } = task;
  const model = elaborate(task.model);
  const program = trainStepGiven(model, {
    objective: { kind: 'rectified_flow', time: { kind: 'logit_normal', mean: 0, std: 1, shift: 1 } },
    optimizer: task.peer === 'weft-declared' ? declaredAdam(settings) : { kind: 'adamw', ...settings },
    ema: settings.ema,
    labelDrop: 0,
    precision,
  });
  const backend = task.peer.startsWith('weft-pytorch') ? 'pytorch' : 'tensorflow';
  const compiled = task.peer === 'weft-pytorch-compiled';
  const session = await openSession(backend, [program], { bindings: { batch: batchSize }, threads, compiled });
  const tensors = await readSafetensors(task.problem);
  const names = model.weights.map((w) => w.leaf.name);
  const averages = model.weights.map((w) => averageOf(w).leaf.name);
  const initial = names.map((name) => tensors.get(`w/${name}`)!);
  const named = (keys: readonly string[]): HostTensors => Object.fromEntries(keys.map((key, i) => [key, initial[i]!]));
  await session.set({ ...named(names), ...named(averages) });

  const controls = { rate: scalar(settings.rate), clip: scalar(settings.clip) };
  const distance = async (keys: readonly string[]) => distanceBetween(await session.get(keys), named(keys));
  return {
    parameters: initial.reduce((sum, { data }) => sum + data.length, 0),
    async step(index) {
      const [x0, noise, t, y] = ['x0', 'noise', 't', 'y'].map((name) => tensors.get(`in/${index}/${name}`)!);
      const { loss } = await session.run(program.name, { ...noisy(x0!, noise!, t!), t: t!, y: y!, ...controls });
      return loss!.data[0]!;
    },
    pids: 'pids' in session ? (session.pids as number[]) : [],
    moved: async () => ({ weights: await distance(names), ema: await distance(averages) }),
  };
}

/** The same optimiser as std/optimizers declares it. */
function declaredAdam({ rate, betas, eps, decay }: PeerTask['settings']): Optimizer {
  const text = `import { adamw } from "std/optimizers"
model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  output velocity: image(8) = noisy * linear(broadcast(time, [1]), 1)
}
train a of M {
  data = mnist()
  objective = rectified_flow(time: uniform)
  optimizer = adamw(rate: ${rate}, betas: (${betas.join(', ')}), decay: ${decay}, eps: ${eps})
  batch = 1
  steps = 1
}
`;
  const { spec } = openSpec('declared.weft', { text });
  return recipeNamed(spec, 'a').optimizer;
}

function elaborate(size: ModelSize): ModelGraph {
  const { spec } = openSpec(join(packageRoot(), 'specs', 'pixeldit.weft'));
  return elaborateModel(spec, 'PixelDiT', {
    size: `${size.size}x${size.size}`,
    classes: String(size.classes),
    patch: String(size.patch),
    width: String(size.width),
    heads: String(size.heads),
    depth: String(size.depth),
    pixel_width: String(size.pixelWidth),
    pixel_depth: String(size.pixelDepth),
  });
}

/** `x_t = t · x0 + (1 - t) · noise`, and the velocity `x0 - noise` that the model is to find. */
function noisy(x0: HostTensor, noise: HostTensor, t: HostTensor): { x_t: HostTensor; v_target: HostTensor } {
  const perImage = x0.data.length / t.data.length;
  const mixed = new Float32Array(x0.data.length);
  const target = new Float32Array(x0.data.length);
  for (let i = 0; i < mixed.length; i++) {
    const time = t.data[Math.floor(i / perImage)]!;
    mixed[i] = time * x0.data[i]! + (1 - time) * noise.data[i]!;
    target[i] = x0.data[i]! - noise.data[i]!;
  }
  const { shape } = x0;
  return { x_t: { shape, dtype: 'f32', data: mixed }, v_target: { shape, dtype: 'f32', data: target } };
}

function scalar(value: number): HostTensor {
  return { shape: [], dtype: 'f32', data: Float32Array.of(value) };
}

function distanceBetween(a: HostTensors, b: HostTensors): number {
  let sum = 0;
  for (const name of Object.keys(a)) {
    const [left, right] = [a[name]!.data, b[name]!.data];
    for (let i = 0; i < left.length; i++) sum += (left[i]! - right[i]!) ** 2;
  }
  return Math.sqrt(sum);
}
