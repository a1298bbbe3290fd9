/** The source of exported weights, one tensor at a time, and the form they take in the file. */
import { counted, someOf } from '../../compiler/diagnostics/counted';
import { staticShape } from '../../compiler/ir/dims';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import type { WeightSource } from '../../data/weight-source';
import type { WeightTensor } from './emit';
import { encodeValues } from './encode';

/** Refuses a source in which tensors of the file are missing or have other shapes; the message names all of them. */
export function checkWeights(weights: readonly WeightTensor[], source: WeightSource): void {
  const names = new Set(source.names);
  const missing = weights.filter((w) => !names.has(w.variable.leaf.name)).map((w) => w.variable.leaf.name);
  if (missing.length > 0) {
    throw new WeftError(
      `The weights lack ${missing.length} of ${counted(weights.length, 'tensor')} to export: ${listed(missing)}.`,
      'Export with weights that were saved from the same model.',
    );
  }
  const wrong = weights.filter(
    (w) => staticShape(w.variable.shape).join() !== source.shapeOf(w.variable.leaf.name).join(),
  );
  if (wrong.length === 0) return;
  const told = wrong.map((w) => {
    const { name } = w.variable.leaf;
    return `${name} is [${source.shapeOf(name).join(', ')}], the model has [${staticShape(w.variable.shape).join(', ')}]`;
  });
  throw new WeftError(
    `${counted(wrong.length, 'weight does', 'weights do')} not fit the model: ${listed(told)}.`,
    'Check the hyper-parameters the weights were trained with.',
  );
}

/** One weight as the bytes of the file. */
export async function encodedWeight(weight: WeightTensor, source: WeightSource): Promise<Uint8Array> {
  const values = await source.read(weight.variable.leaf.name);
  const stored = weight.perm ? permuted(values, staticShape(weight.variable.shape), weight.perm) : values;
  return encodeValues(stored, weight.variable.dtype);
}

/** The tensor with axes reordered: result.shape[i] = dims[perm[i]]. */
export function permuted(values: Float32Array, dims: readonly number[], perm: readonly number[]): Float32Array {
  if (perm.join() === '1,0') return transposed(values, dims[0], dims[1]);
  const strides = dims.map((_, i) => dims.slice(i + 1).reduce((a, b) => a * b, 1));
  const shape = perm.map((axis) => dims[axis]);
  const steps = perm.map((axis) => strides[axis]);
  const out = new Float32Array(values.length);
  const last = shape.length - 1;
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length;) {
    for (let i = 0; i < shape[last]; i++) out[to++] = values[from + i * steps[last]];
    for (let axis = last - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** A matrix transposed tile by tile, so that reads and writes both stay in cache. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const tile = 32;
  const out = new Float32Array(values.length);
  for (let top = 0; top < rows; top += tile) {
    for (let left = 0; left < columns; left += tile) {
      const [bottom, right] = [Math.min(rows, top + tile), Math.min(columns, left + tile)];
      for (let i = top; i < bottom; i++) for (let j = left; j < right; j++) out[j * rows + i] = values[i * columns + j];
    }
  }
  return out;
}

function listed(names: readonly string[]): string {
  return someOf(names, 5, '; ');
}
