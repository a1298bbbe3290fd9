import { expect, it } from '@jest/globals';
import { generateModel } from '../../../fuzz/models/generate';
import { smaller } from '../../../fuzz/models/minimise';
import { problemOf } from '../../../fuzz/models/problem';
import { allowedErrors, evaluatorOf, largestDifference } from '../../../fuzz/models/rounding';
import { Random } from '../../../fuzz/random';
import { openSession } from '../../../src/backends/open';

const texts = Array.from({ length: 40 }, (_, i) => generateModel(new Random(5, i)));

it('makes well-typed models of up to seven axes, the same ones for the same seed', () => {
  const ranks = texts.flatMap((text, i) =>
    Object.values(problemOf(text, `m${i}`, i).program.outputs).map((v) => v.shape.length - 1),
  );
  expect(Math.max(...ranks)).toBeGreaterThanOrEqual(6);
  expect(generateModel(new Random(5, 7))).toBe(texts[7]);
  expect(generateModel(new Random(6, 7))).not.toBe(texts[7]);
});

it('makes models that compare numbers and reason with what comes of it', () => {
  expect(texts.filter((t) => /tap v\d+ = \w+ [<>]=? /.test(t)).length).toBeGreaterThan(10);
  expect(texts.filter((t) => / = (v\d+|kept) (and|or|[!=]=) (v\d+|kept)$/m.test(t)).length).toBeGreaterThan(3);
  expect(texts.some((t) => t.includes('mask: seen'))).toBe(true);
});

it('leaves models aside in which rounding may turn a comparison', () => {
  const tied = (limit: string): boolean => {
    const model = texts[0]
      .replace(/  tap [^]*(?=  output)/, `  tap v1 = exp(time * 0) > ${limit}\n`)
      .replace(/= noisy.*/, '= noisy');
    return evaluatorOf(problemOf(model, 'm', 1)).hasNearTies();
  };
  expect([tied('1.00001'), tied('0.9')]).toEqual([true, false]);
});

it('allows what float32 does, and neither a wrong number nor one that is none', async () => {
  for (const [i, text] of texts.slice(0, 6).entries()) {
    const problem = problemOf(text, `m${i}`, i);
    const evaluator = evaluatorOf(problem);
    const exact = evaluator.run(null);
    const allowed = allowedErrors(
      exact,
      [1, 2, 3].map((stream) => evaluator.run(new Random(7, stream))),
    );
    const session = await openSession('tfjs', [problem.program]);
    await session.set(problem.weights);
    const found = await session.run(problem.program.name, problem.inputs);
    await session.dispose();
    for (const [name, { data }] of Object.entries(exact)) {
      expect([name, largestDifference(found[name].data, data) <= allowed[name]]).toEqual([name, true]);
      if (data.length === 0) continue;
      // An error of one hundredth of the largest number does not pass for rounding.
      const scale = 0.01 * Math.max(1, ...Array.from(data, Math.abs));
      expect([name, largestDifference(data.with(0, data[0] + scale), data) > allowed[name]]).toEqual([name, true]);
      expect(largestDifference(data.with(0, NaN), data)).toBe(Infinity);
    }
  }
});

it('leaves out the statements that a finding does not need', async () => {
  const many = Array.from({ length: 200 }, (_, i) => generateModel(new Random(5, i)));
  const text = many.find((t) => /tap v\d+ = softmax/.test(t))!;
  const small = await smaller(text, async (t) => {
    try {
      return problemOf(t, 'm', 1) && t.includes('softmax(');
    } catch {
      return false;
    }
  });
  expect(small).toContain('softmax(');
  expect(small.split('\n').length).toBeLessThan(text.split('\n').length);
  problemOf(small, 'm', 1);
});
