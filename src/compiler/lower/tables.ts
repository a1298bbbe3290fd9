/** Tables that depend on no input and no weight, as numbers while a model is built. */
// Tested by test/compiler/programs/objectives/betas.test.ts.
import { isStatic, staticSize } from '../ir/dims';
import { evaluateValues } from '../ir/evaluate';
import { topological, type NdArray, type Value } from '../ir/graph';
import { flopsOf } from '../report/flops';
import type { Span } from '../source';
import type { Context } from './context';
import type { TensorValue } from './values';

/** Whether a tensor depends on no input and no weight. */
export function isTable({ batched, value }: TensorValue): boolean {
  return !batched && topological([value]).every((v) => v.op !== null || v.leaf?.kind === 'constant');
}

/** A value that a table is computed from, or the table, whose size is not known; null if all are. */
export function openIn({ value }: TensorValue): Value | null {
  return [value, ...topological([value])].find((v) => !isStatic(v.shape)) ?? null;
}

/** The numbers of a table of known size, in float64, within the limit on numbers that a file may compute. */
export function numbersOf(ctx: Context, { value }: TensorValue, span: Span): NdArray {
  ctx.makeNumbers(span, workOf(value));
  return evaluateValues([value], new Map())[0];
}

/** The work to compute a table: the numbers it makes, plus a quarter of its operations. */
function workOf(table: Value): number {
  return topological([table]).reduce((sum, v) => sum + staticSize(v.shape) + flopsOf(v, {}).full / 4, 0);
}
