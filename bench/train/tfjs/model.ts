/** PixelDiT, class-conditional, written by hand in tfjs operations as one would without Weft. */
import type * as TF from '@tensorflow/tfjs-node-gpu';
import type { ModelSize } from '../protocol';

export type Tf = typeof TF;
export type Weights = { readonly [name: string]: TF.Variable };
type Tensor = TF.Tensor;

/** Velocity `[batch, 3, size, size]` of noisy images at times `t: [batch]` with labels `y: [batch]`. */
export type Denoise = (x: Tensor, t: TF.Tensor1D, y: TF.Tensor1D) => Tensor;

/** The model over weights under the reference's names. */
export function pixelDiT(tf: Tf, model: ModelSize, weights: Weights): Denoise {
  const { size, patch, width, pixelWidth } = model;
  const grid = size / patch;
  const patches = grid * grid;
  const pixels = patch * patch;
  const layers = makeLayers(tf, model, weights);
  const positions = sincos2d(tf, model);
  const frequencies = tf.exp(tf.mul(tf.range(0, 128), -Math.log(10) / 128));

  return (x, t, y) => {
    const batch = x.shape[0]!;
    const cut = x.reshape([batch, 3, grid, patch, grid, patch]);
    const angles = tf.mul(t.expandDims(1), frequencies);
    const features = tf.concat([tf.cos(angles), tf.sin(angles)], 1);
    const hidden = layers.silu(layers.linear(features, 't_embedder.mlp.0'));
    const time = layers.linear(hidden, 't_embedder.mlp.2').expandDims(1);
    const label = tf.gather(weights['y_embedder.embedding_table.weight']!, y).expandDims(1);
    const condition = layers.silu(tf.add(time, label));

    let s = layers.linear(cut.transpose([0, 2, 4, 1, 3, 5]).reshape([batch, patches, 3 * pixels]), 's_embedder.proj');
    for (let i = 0; i < model.depth; i++) s = layers.patchBlock(s, condition, `patch_blocks.${i}`);
    const guide = layers.silu(tf.add(time, s)).reshape([batch * patches, width]);

    const colours = cut.transpose([0, 2, 4, 3, 5, 1]).reshape([batch, patches, pixels, 3]);
    let p = tf
      .add(layers.linear(colours, 'pixel_embedder.proj'), positions)
      .reshape([batch * patches, pixels, pixelWidth]);
    for (let i = 0; i < model.pixelDepth; i++) p = layers.pixelBlock(p, guide, `pixel_blocks.${i}`);

    const v = layers.linear(layers.rmsNorm(p, 'final_layer.norm'), 'final_layer.linear');
    return v.reshape([batch, grid, grid, patch, patch, 3]).transpose([0, 5, 1, 3, 2, 4]).reshape(x.shape);
  };
}

function makeLayers(tf: Tf, model: ModelSize, weights: Weights) {
  const { heads, patch, width, pixelWidth } = model;
  const pixels = patch * patch;
  const patches = (model.size / patch) ** 2;
  const headWidth = width / heads;
  const { cos, sin } = rope2d(tf, model);
  const weight = (name: string): TF.Variable => weights[`${name}.weight`]!;

  const silu = (x: Tensor): Tensor => tf.mul(x, tf.sigmoid(x));
  const gelu = (x: Tensor): Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  const modulate = (x: Tensor, shift: Tensor, scale: Tensor): Tensor => tf.add(tf.mul(x, tf.add(scale, 1)), shift);

  function linear(x: Tensor, name: string): Tensor {
    const w = weight(name);
    const bias = weights[`${name}.bias`];
    const rows = tf.matMul(x.reshape([-1, x.shape.at(-1)!]), w, false, true);
    return (bias ? tf.add(rows, bias) : rows).reshape([...x.shape.slice(0, -1), w.shape[0]!]);
  }

  function rmsNorm(x: Tensor, name: string): Tensor {
    const meanSquare = tf.mean(tf.square(x), -1, true);
    return tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, 1e-6))), weight(name));
  }

  /** Turns consecutive pairs of `[batch, heads, tokens, headWidth]`. */
  function rotate(x: Tensor): Tensor {
    const [a, b] = tf.unstack(x.reshape([...x.shape.slice(0, -1), headWidth / 2, 2]), -1) as [Tensor, Tensor];
    const turned = [tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(a, sin), tf.mul(b, cos))];
    return tf.stack(turned, -1).reshape(x.shape);
  }

  function attention(x: Tensor, name: string): Tensor {
    const [batch, tokens] = x.shape as [number, number, number];
    const qkv = linear(x, `${name}.qkv`).reshape([batch, tokens, 3, heads, headWidth]).transpose([2, 0, 3, 1, 4]);
    const [q, k, v] = tf.unstack(qkv, 0) as [Tensor, Tensor, Tensor];
    const turnedQ = tf.mul(rotate(rmsNorm(q, `${name}.q_norm`)), 1 / Math.sqrt(headWidth));
    const turnedK = rotate(rmsNorm(k, `${name}.k_norm`));
    const attended = tf.matMul(tf.softmax(tf.matMul(turnedQ, turnedK, false, true)), v);
    return linear(attended.transpose([0, 2, 1, 3]).reshape([batch, tokens, width]), `${name}.proj`);
  }

  function patchBlock(x: Tensor, condition: Tensor, name: string): Tensor {
    const ada = tf.split(linear(condition, `${name}.adaLN_modulation.0`), 6, -1);
    const [shift1, scale1, gate1, shift2, scale2, gate2] = ada as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    const attended = attention(modulate(rmsNorm(x, `${name}.norm1`), shift1, scale1), `${name}.attn`);
    const y = tf.add(x, tf.mul(gate1, attended));
    const z = modulate(rmsNorm(y, `${name}.norm2`), shift2, scale2);
    const hidden = tf.mul(silu(linear(z, `${name}.mlp.w1`)), linear(z, `${name}.mlp.w3`));
    return tf.add(y, tf.mul(gate2, linear(hidden, `${name}.mlp.w2`)));
  }

  /** x: `[batch * patches, pixels, pixelWidth]`, guide: `[batch * patches, width]`. */
  function pixelBlock(x: Tensor, guide: Tensor, name: string): Tensor {
    const count = x.shape[0]!;
    const perPixel = linear(guide, `${name}.adaLN_modulation.0`).reshape([count, pixels, 6 * pixelWidth]);
    const ada = tf.split(perPixel, 6, -1);
    const [shift1, scale1, gate1, shift2, scale2, gate2] = ada as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    const flat = modulate(rmsNorm(x, `${name}.norm1`), shift1, scale1).reshape([count, pixels * pixelWidth]);
    const tokens = linear(flat, `${name}.compress_to_attn`).reshape([count / patches, patches, width]);
    const attended = attention(tokens, `${name}.attn`).reshape([count, width]);
    const y = tf.add(x, tf.mul(gate1, linear(attended, `${name}.expand_from_attn`).reshape(x.shape)));
    const z = modulate(rmsNorm(y, `${name}.norm2`), shift2, scale2);
    return tf.add(y, tf.mul(gate2, linear(gelu(linear(z, `${name}.mlp.fc1`)), `${name}.mlp.fc2`)));
  }

  return { silu, linear, rmsNorm, patchBlock, pixelBlock };
}

/** Cosines and sines `[patches, headWidth / 2]` over coordinates from 0 to 16: pair 2i turns with x, pair 2i + 1 with y. */
function rope2d(tf: Tf, { size, patch, width, heads }: ModelSize): { cos: Tensor; sin: Tensor } {
  const grid = size / patch;
  const quarter = width / heads / 4;
  const frequencies = tf.pow(10000, tf.mul(tf.range(0, quarter), -1 / quarter));
  const axis = tf.mul(tf.linspace(0, 16, grid).expandDims(1), frequencies);
  const x = tf.tile(axis.reshape([1, grid, quarter]), [grid, 1, 1]);
  const y = tf.tile(axis.reshape([grid, 1, quarter]), [1, grid, 1]);
  const angles = tf.stack([x, y], -1).reshape([grid * grid, 2 * quarter]);
  return { cos: tf.cos(angles), sin: tf.sin(angles) };
}

/** Positions of pixels `[1, patches, pixels, pixelWidth]`: x in the first half, y in the second, sines before cosines. */
function sincos2d(tf: Tf, { size, patch, pixelWidth }: ModelSize): Tensor {
  const quarter = pixelWidth / 4;
  const omega = Array.from({ length: quarter }, (_, i) => 10000 ** (-i / quarter));
  const row: number[][][] = [];
  for (let y = 0; y < size; y++) {
    row.push([]);
    for (let x = 0; x < size; x++) {
      const of = (position: number, f: (angle: number) => number) => omega.map((w) => f(position * w));
      row[y]!.push([...of(x, Math.sin), ...of(x, Math.cos), ...of(y, Math.sin), ...of(y, Math.cos)]);
    }
  }
  const grid = size / patch;
  const cut = tf.tensor3d(row).reshape([grid, patch, grid, patch, pixelWidth]).transpose([0, 2, 1, 3, 4]);
  return cut.reshape([1, grid * grid, patch * patch, pixelWidth]);
}
