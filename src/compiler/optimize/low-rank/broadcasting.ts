/** Broadcasting with few axes: neighbouring axes with the same pattern in every operand become one. */
// Tested by test/compiler/optimize/low-rank.test.ts.
import { staticShape, staticSize } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import { asShape } from '../../ops/broadcasting';
import { broadcastTo } from '../../ops/movement';

type Shape = readonly number[];

/** The shape of the result, then those of the operands, with neighbouring axes merged and axes of size 1 left out. */
export function merged(shape: Shape, operands: readonly Value[]): number[][] {
  const aligned = operands.map((x) => alignedTo(shape, staticShape(x.shape)));
  const shapes = [shape, ...aligned].map((): number[] => []);
  let before = '';
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const pattern = aligned.map((own) => Number(own[axis] !== 1)).join();
    const rows = [size, ...aligned.map((own) => own[axis])];
    rows.forEach((d, i) => {
      if (pattern === before) shapes[i][shapes[i].length - 1] *= d;
      else shapes[i].push(d);
    });
    before = pattern;
  }
  return shapes;
}

/** x repeated up to `shape`: at once if that takes at most `limit` axes, otherwise one merged axis at a time. */
export function repeated(x: Value, shape: Shape, limit: number): Value {
  const [whole, own] = merged(shape, [x]);
  if (whole.length <= limit)
    return asShape(whole.join() === own.join() ? x : broadcastTo(asShape(x, own), { shape: whole }), shape);
  let y = x;
  let now = own;
  for (let axis = whole.length - 1; axis >= 0; axis--) {
    if (now[axis] === whole[axis]) continue;
    const [before, after] = [staticSize(now.slice(0, axis)), staticSize(now.slice(axis + 1))];
    y = broadcastTo(asShape(y, [before, 1, after]), { shape: [before, whole[axis], after] });
    now = now.with(axis, whole[axis]);
  }
  return asShape(y, shape);
}

/** The shape `own` with axes of size 1 in front, up to the rank of `shape`. */
function alignedTo(shape: Shape, own: Shape): number[] {
  return [...shape.slice(own.length).map(() => 1), ...own];
}
