/** Shape rules that several op families share. */
import { invariant } from '../invariant';
import { commonShape, dimsEqual, divDims, formatDim, formatShape, type Dim, type Shape } from '../ir/dims';
import type { DType, TensorType } from '../ir/graph';
import { ShapeError } from './define';

/** Throws an error that names the op and the operands that do not fit it. */
export function misfit(op: string, message: string): never {
  throw new ShapeError(`${op}: ${message}`);
}

/** The common shape of operands; throws if they have none. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const found = commonShape(a, b);
  return typeof found === 'number' ? misfit(op, `${formatShape(a)} and ${formatShape(b)} do not broadcast`) : found;
}

/** True when a tensor of shape `from` broadcasts to exactly `to`. */
export function broadcastsTo(from: Shape, to: Shape): boolean {
  const lead = to.length - from.length;
  return lead >= 0 && from.every((d, i) => d === 1 || dimsEqual(d, to[lead + i]));
}

/** The common dtype of operands; throws if they differ. */
export function sameDType(op: string, a: TensorType, b: TensorType): DType {
  return a.dtype === b.dtype ? a.dtype : misfit(op, `operands are ${a.dtype} and ${b.dtype}; cast one of them`);
}

export function isFloat(dtype: DType): boolean {
  return dtype === 'f32' || dtype === 'bf16' || dtype === 'f16';
}

export function expectFloat(op: string, ...types: readonly TensorType[]): void {
  for (const t of types) if (!isFloat(t.dtype)) misfit(op, `expected a floating-point operand, found ${t.dtype}`);
}

export function expectDType(op: string, type: TensorType, dtype: DType): void {
  if (type.dtype !== dtype) misfit(op, `expected an operand of ${dtype}, found ${type.dtype}`);
}

/** Checks that axes are within the rank and do not repeat. */
export function expectAxes(op: string, axes: readonly number[], rank: number): void {
  if (new Set(axes).size !== axes.length || axes.some((a) => !Number.isInteger(a) || a < 0 || a >= rank)) {
    misfit(op, `axes [${axes.join(', ')}] are not distinct axes of a tensor of rank ${rank}`);
  }
}

/** A dimension divided by a number that `infer` has already found to divide it. */
export function partOf(d: Dim, parts: number): Dim {
  const part = divDims(d, parts);
  invariant(part !== null, `${formatDim(d)} is not a multiple of ${parts}`);
  return part;
}

/** The last dimension; throws if the tensor has no axes. */
export function lastDim(op: string, shape: Shape): Dim {
  return shape.length > 0 ? shape[shape.length - 1] : misfit(op, 'expected at least one axis, found a scalar');
}
