import { expect, it } from '@jest/globals';
import { evaluate } from '../../../src/compiler/ir/evaluate';
import { rootsOf, topological, type Program, type Value } from '../../../src/compiler/ir/graph';
import { verify } from '../../../src/compiler/ir/verify';
import type { OpName } from '../../../src/compiler/ops';
import { lowRank, type RankLimits } from '../../../src/compiler/optimize/low-rank';
import { ranked } from '../../ops/ranked';
import { elementsOf, leavesOf, type Sample } from '../../ops/samples';

const limits: RankLimits = {
  elementwise: 4,
  broadcast: 4,
  transpose: 4,
  box: 4,
  join: 4,
  reduction: 4,
  row: 4,
  pair: 4,
  product: 4,
  table: 4,
  composite: 4,
};

function programOf(sample: Sample): Program {
  const inputs = leavesOf(sample);
  return { name: 'p', inputs, outputs: { y: sample.apply(...inputs) }, updates: [] };
}

const rankOf = (v: Value): number => Math.max(...[v, ...v.inputs].map((x) => x.shape.length));

it.each([5, 7, 8])('says every op on %i axes with at most four, and what it computes stays the same', (rank) => {
  for (const op of Object.keys(ranked) as OpName[]) {
    for (const sample of ranked[op](rank)) {
      const program = programOf(sample);
      const low = lowRank(limits).run(program);
      expect(verify(low)).toEqual([]);
      expect(
        topological(rootsOf(low)).filter((v) => v.op !== null && v.op.traits.axes !== null && rankOf(v) > 4),
      ).toEqual([]);
      const inputs = Object.fromEntries(
        sample.inputs.map((x, i) => [`x${i}`, { shape: x.shape, data: elementsOf(x, i) }]),
      );
      const [before, after] = [program, low].map((p) => evaluate(p, { inputs }).outputs.y);
      expect(after.shape).toEqual(before.shape);
      // Sums are added up in another order.
      const far = before.data.findIndex(
        (want, i) => Math.abs(after.data[i] - want) > 1e-12 * Math.max(1, Math.abs(want)),
      );
      expect([op, far]).toEqual([op, -1]);
    }
  }
});

it('leaves ops within the limits as they are', () => {
  for (const op of Object.keys(ranked) as OpName[]) {
    for (const sample of ranked[op](4)) {
      const program = programOf(sample);
      // `one_hot` and `gather` add axes to what they are given.
      if (topological(rootsOf(program)).some((v) => rankOf(v) > 4)) continue;
      expect(lowRank(limits).run(program).outputs.y).toBe(program.outputs.y);
    }
  }
});
