/** Constants as Python makes them: numbers, evenly spaced numbers, and short lists. */
// Tested by test/backends/pytorch/emit/model.test.ts.
import { staticSize } from '../../../compiler/ir/dims';
import type { NdArray, Value } from '../../../compiler/ir/graph';
import { atom, method, torchTypes, type Python } from '../expression';
import { constantNumber } from '../words';
import { sized } from './sizes';

/** A constant as an expression; null if its numbers follow no rule and are too many to write out. */
export function tableText(v: Value): Python | null {
  if (v.leaf?.kind !== 'constant') return null;
  const { data } = v.leaf;
  if (data.shape.length === 0) return constantNumber(data.data[0], v.dtype);
  const flat = rowText(data, `dtype=${torchTypes[v.dtype]}`);
  if (!flat || data.shape.length === 1) return flat;
  return method(flat, 'reshape', ...data.shape.map((d) => sized(d)));
}

const longest = 32;

function rowText({ data, shape }: NdArray, dtype: string): Python | null {
  const count = sized(staticSize(shape));
  const [first, second] = data;
  const last = data[data.length - 1];
  if (data.every((x) => x === first)) return atom(`torch.full((${count},), ${number(first)}, ${dtype})`);
  const step = (last - first) / (data.length - 1);
  const isEven = data.every((x, i) => Math.abs(x - (first + i * step)) <= 1e-12 * Math.max(1, Math.abs(last)));
  if (isEven && step === 1 && first === 0) return atom(`torch.arange(${count}, ${dtype})`);
  if (isEven && second !== undefined)
    return atom(`torch.linspace(${number(first)}, ${number(last)}, ${count}, ${dtype})`);
  if (data.length > longest) return null;
  return atom(`torch.tensor(${list(data)}, ${dtype})`);
}

function number(x: number): string {
  return constantNumber(x, 'f32').text;
}

function list(data: Float64Array): string {
  return `[${Array.from(data, number).join(', ')}]`;
}
