import { expect, it } from '@jest/globals';
import type { StudyPlan } from '../../src/study/plan';
import type { RunResult } from '../../src/study/run-result';
import { renderStudyTable, spreadOf, studyTable } from '../../src/study/table';

const costs = { parameters: 1234, flops: 5.678e7, flopsLinear: 0, flopsAttention: 0, flopsFull: 0 };
const names = ['A: plain', 'B: more', 'C: large'];
const plan = {
  title: 'ablation parts',
  recipe: { steps: 1000, batch: 32 },
  seeds: [0, 1],
  cases: names.map((name, i) => ({ name, costs, problem: i === 2 ? 'It needs too much.' : null, runs: [] })),
} as unknown as StudyPlan;

const extractor = { extractor: 'Net', weights: 'net==1', size: 96 };
const reference = { images: 732, digest: '0123456789abcdef' };

function result(name: string, seed: number, loss: number, distance: number | null): RunResult {
  const score = distance === null ? null : { distance, extractor, reference, samples: 500 };
  return { case: name, seed, steps: 1000, loss, score };
}

it('gives the mean and the sample standard deviation', () => {
  expect(spreadOf([1, 2, 6])).toEqual({ mean: 3, deviation: Math.sqrt(7) });
  expect([spreadOf([5]), spreadOf([])]).toEqual([{ mean: 5, deviation: 0 }, null]);
});

it('compares each case with the one before, seed by seed', () => {
  const results = [
    result('A: plain', 0, 0.5, 90),
    result('A: plain', 1, 0.4, 80),
    result('B: more', 0, 0.3, 70),
    result('B: more', 1, 0.3, 84),
  ];
  const table = studyTable(plan, results);
  expect(table.comparisons).toEqual([
    {
      case: 'B: more',
      before: 'A: plain',
      by: 'distance',
      difference: { mean: -8, deviation: Math.sqrt(288) },
      better: 1,
      of: 2,
    },
  ]);
  expect(renderStudyTable(table))
    .toBe(`ablation parts: 1,000 steps of 32, seeds 0, 1; mean ± standard deviation over seeds

  case      parameters  GFLOPs               runs             loss  Fréchet distance
  A: plain       1,234  0.0568                  2  0.4500 ± 0.0707      85.00 ± 7.07
  B: more        1,234  0.0568                  2  0.3000 ± 0.0000      77.00 ± 9.90
  C: large       1,234  0.0568  cannot be trained

  C: large: It needs too much.

Fréchet distance of features by Net (net==1, images brought to 96x96): 500 samples of each run against 732 training images, statistics 0123456789abcdef.

From worst to best by mean distance, as declared: "A: plain", "B: more"
  "B: more" against "A: plain": -8.00 ± 16.97, better with 1 of 2 seeds`);
});

it('gives the least and the most steps and images where they depend on the case', () => {
  const recipes = [
    { steps: 1000, batch: 64 },
    { steps: 4000, batch: 16 },
  ];
  const cases = recipes.map((recipe, i) => ({ ...plan.cases[i], runs: [{ recipe }] }));
  const table = studyTable({ ...plan, cases } as unknown as StudyPlan, []);
  expect(table).toMatchObject({ steps: [1000, 4000], batch: [16, 64] });
  expect(renderStudyTable(table)).toMatch(/^ablation parts: 1,000 to 4,000 steps of 16 to 64, /);
});

it('says when the order is another than that of the declaration, and compares losses where there are no distances', () => {
  const table = studyTable(plan, [result('A: plain', 0, 0.2, null), result('B: more', 0, 0.25, null)]);
  expect(table.measure).toBeNull();
  const text = renderStudyTable(table);
  expect(text).toContain('From worst to best by mean loss, not as declared: "B: more", "A: plain"');
  expect(text).toContain('"B: more" against "A: plain": +0.0500 ± 0.0000, better with 0 of 1 seeds');
  expect(text).not.toContain('Fréchet');
});
