/** What all peers train: the model's sizes, its initial weights and its batches, written to one file. */
import type { HostTensor } from '../../src/backends/session';
import { writeSafetensors } from '../../src/data/safetensors/write';
import type { ModelSize, TrainSettings } from './protocol';

/**
 * `small` has 6.4 million parameters and 64 patches of 16 pixels. `medium` is PixelDiT-B on 256 patches of 16 pixels, `long` the same on as many of 256
 * pixels. `tiny` is for trying the benchmark itself.
 */
export const modelSizes: { readonly [name: string]: ModelSize } = {
  small: { size: 32, patch: 4, classes: 10, width: 256, heads: 4, depth: 4, pixelWidth: 16, pixelDepth: 2 },
  medium: { size: 64, patch: 4, classes: 10, width: 768, heads: 12, depth: 12, pixelWidth: 16, pixelDepth: 2 },
  long: { size: 256, patch: 16, classes: 10, width: 768, heads: 12, depth: 12, pixelWidth: 16, pixelDepth: 2 },
  tiny: { size: 16, patch: 4, classes: 10, width: 64, heads: 4, depth: 2, pixelWidth: 8, pixelDepth: 1 },
};

/** The optimiser of the reference, at its rate (arXiv 2511.20645: AdamW 1e-4, clip 1.0, EMA 0.9999). */
export const settings: TrainSettings = { rate: 1e-4, betas: [0.9, 0.999], eps: 1e-8, decay: 0, clip: 1, ema: 0.9999 };

/** Writes weights and batches drawn from a fixed seed, the same on every machine. */
export async function writeProblem(path: string, model: ModelSize, batches: number, batchSize: number): Promise<void> {
  const random = generator(20251120);
  const tensors: { [name: string]: HostTensor } = {};
  for (const [name, shape] of Object.entries(weightShapes(model))) tensors[`w/${name}`] = initial(name, shape, random);
  const image = [batchSize, 3, model.size, model.size];
  for (let i = 0; i < batches; i++) {
    tensors[`in/${i}/x0`] = f32(image, () => Math.max(-1, Math.min(1, 0.5 * random.normal())));
    tensors[`in/${i}/noise`] = f32(image, random.normal);
    tensors[`in/${i}/t`] = f32([batchSize], () => 1 / (1 + Math.exp(-random.normal())));
    const labels = Int32Array.from({ length: batchSize }, () => Math.floor(random.uniform() * model.classes));
    tensors[`in/${i}/y`] = { shape: [batchSize], dtype: 'i32', data: labels };
  }
  await writeSafetensors(path, tensors);
}

/** Every weight by its name in reference checkpoints; linear weights are `[out, in]`. */
export function weightShapes(model: ModelSize): { readonly [name: string]: readonly number[] } {
  const { width, heads, patch, pixelWidth } = model;
  const pixels = patch * patch;
  const hidden = Math.floor((2 * 4 * width) / 3);
  const linear = (name: string, out: number, from: number) => ({
    [`${name}.weight`]: [out, from],
    [`${name}.bias`]: [out],
  });
  const attention = (name: string) => ({
    [`${name}.qkv.weight`]: [3 * width, width],
    [`${name}.q_norm.weight`]: [width / heads],
    [`${name}.k_norm.weight`]: [width / heads],
    ...linear(`${name}.proj`, width, width),
  });
  const patchBlock = (name: string) => ({
    [`${name}.norm1.weight`]: [width],
    ...attention(`${name}.attn`),
    [`${name}.norm2.weight`]: [width],
    [`${name}.mlp.w1.weight`]: [hidden, width],
    [`${name}.mlp.w2.weight`]: [width, hidden],
    [`${name}.mlp.w3.weight`]: [hidden, width],
    ...linear(`${name}.adaLN_modulation.0`, 6 * width, width),
  });
  const pixelBlock = (name: string) => ({
    [`${name}.norm1.weight`]: [pixelWidth],
    ...linear(`${name}.compress_to_attn`, width, pixels * pixelWidth),
    ...attention(`${name}.attn`),
    ...linear(`${name}.expand_from_attn`, pixels * pixelWidth, width),
    [`${name}.norm2.weight`]: [pixelWidth],
    ...linear(`${name}.mlp.fc1`, 4 * pixelWidth, pixelWidth),
    ...linear(`${name}.mlp.fc2`, pixelWidth, 4 * pixelWidth),
    ...linear(`${name}.adaLN_modulation.0`, 6 * pixelWidth * pixels, width),
  });
  const blocks = (count: number, name: string, block: (name: string) => object) =>
    Object.assign({}, ...Array.from({ length: count }, (_, i) => block(`${name}.${i}`)));
  return {
    ...linear('s_embedder.proj', width, 3 * pixels),
    ...linear('t_embedder.mlp.0', width, 256),
    ...linear('t_embedder.mlp.2', width, width),
    'y_embedder.embedding_table.weight': [model.classes + 1, width],
    ...linear('pixel_embedder.proj', pixelWidth, 3),
    ...blocks(model.depth, 'patch_blocks', patchBlock),
    ...blocks(model.pixelDepth, 'pixel_blocks', pixelBlock),
    'final_layer.norm.weight': [pixelWidth],
    ...linear('final_layer.linear', 3, pixelWidth),
  };
}

/** Nothing starts at zero, so that every weight has a gradient from the first step and a wrong one shows in the loss. */
function initial(name: string, shape: readonly number[], random: Random): HostTensor {
  if (name.includes('norm')) return f32(shape, () => 1 + 0.1 * random.normal());
  const scale = shape.length === 2 && !name.includes('table') ? 0.5 / Math.sqrt(shape[1]!) : 0.02;
  return f32(shape, () => scale * random.normal());
}

function f32(shape: readonly number[], draw: () => number): HostTensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: 'f32', data: Float32Array.from({ length }, draw) };
}

interface Random {
  readonly uniform: () => number;
  readonly normal: () => number;
}

/** A 32-bit xorshift generator: quality enough for weights, and the same everywhere. */
function generator(seed: number): Random {
  let state = seed >>> 0;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform() + 2 ** -33)) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}
