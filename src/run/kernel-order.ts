/** Decides whether a convolution kernel in a file is the matrix by which a model multiplies patches: its numbers must have the same order. */
import { evaluate } from '../compiler/ir/evaluate';
import { topological, type NdArray, type Value, type Variable } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { is } from '../compiler/ops/define';
import { linear } from '../compiler/ops/linalg';

/** Images with more pixels are not tried; no real model has so many. */
const mostPixels = 4e6;

/** Whether the shapes are equal except for axes of size one, so that the same numbers are the same tensor. */
export function sameButForOnes(want: readonly number[], got: readonly number[]): boolean {
  const long = (shape: readonly number[]): string => shape.filter((n) => n !== 1).join();
  return long(want) === long(got);
}

/**
 * Whether the numbers of a kernel [out, channels, height, width] are the wanted matrix [out, channels * height * width]: wherever the
 * model uses the weight, it must multiply patches of its image whose numbers are in the kernel's order. This is tested on an
 * image whose pixels are their own indices.
 */
export function isKernelOf(model: ModelGraph, weight: Variable, kernel: readonly number[]): boolean {
  const [out, channels, height, width] = kernel;
  const [rows, columns] = weight.shape;
  if (kernel.length !== 4 || weight.shape.length !== 2 || rows !== out || columns !== channels * height * width)
    return false;
  const users = topological(Object.values(model.outputs)).filter((v) => v.inputs.includes(weight));
  return users.length > 0 && users.every((v) => isPatches(model, v, [channels, height, width]));
}

function isPatches(model: ModelGraph, user: Value, [channels, height, width]: readonly number[]): boolean {
  if (!is(user, linear)) return false;
  const [x] = user.inputs;
  const leaves = topological([x]).filter((v) => v.leaf && v.leaf.kind !== 'constant');
  const [image] = model.inputs.filter((i) => i.kind === 'image');
  if (image?.kind !== 'image' || leaves.some((v) => v !== image.value) || leaves.length !== 1) return false;
  const pixels = image.channels * image.height * image.width;
  if (pixels > mostPixels || channels !== image.channels) return false;
  const places = {
    shape: [1, image.channels, image.height, image.width],
    data: Float64Array.from({ length: pixels }, (_, i) => i),
  };
  const patches = evaluated(x, image.value, image.name, places);
  const size = channels * height * width;
  if (patches.data.length % size !== 0) return false;
  const plane = image.height * image.width;
  return patches.data.every((place, i) => {
    const k = i % size;
    const inside = k % (height * width);
    const step = Math.floor(k / (height * width)) * plane + Math.floor(inside / width) * image.width + (inside % width);
    return place === patches.data[i - k] + step;
  });
}

function evaluated(x: Value, image: Value, name: string, data: NdArray): NdArray {
  const inputs = { [name]: data };
  return evaluate({ name: 'patches', inputs: [image], outputs: { x }, updates: [] }, { inputs }).outputs.x;
}
