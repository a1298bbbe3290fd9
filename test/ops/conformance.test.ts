import { expect, it } from '@jest/globals';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { gradients } from '../../src/compiler/autodiff/gradients';
import { isStatic } from '../../src/compiler/ir/dims';
import { evaluateValues } from '../../src/compiler/ir/evaluate';
import { constant, type NdArray, type Program, type Value } from '../../src/compiler/ir/graph';
import { ops, type OpName } from '../../src/compiler/ops/index';
import { backends, type ConformingBackend } from './backends';
import { differences, hosted } from './compare';
import { elementsOf, leavesOf, samples, type Sample } from './samples';
import { ndArray } from '../support/nd-array';

interface Case {
  readonly name: string;
  readonly sample: Sample;
  readonly leaves: readonly Value[];
  readonly data: readonly NdArray[];
  readonly y: Value;
}

const cases = (Object.keys(samples) as OpName[]).flatMap((op) =>
  samples[op].map((sample, i): Case => {
    const leaves = leavesOf(sample);
    const data = sample.inputs.map((x, j) => ({ shape: x.shape, data: elementsOf(x, 7 * i + j) }));
    return { name: `${op} ${i}`, sample, leaves, data, y: sample.apply(...leaves) };
  }),
);

it.each(cases)('$name evaluates to the inferred shape', ({ leaves, data, y }) => {
  const [result] = run([y], leaves, data);
  expect(isStatic(y.shape)).toBe(true);
  expect(result.shape).toEqual(y.shape);
  expect(result.data.length).toBe(result.shape.reduce((a, b) => a * b, 1));
  expect(result.data.every(Number.isFinite)).toBe(true);
});

it.each(cases.filter(isDifferentiable))('$name has the gradient that differences find', ({ leaves, data, y }) => {
  const loss = lossOf(y);
  const wrt = leaves.filter((x) => x.dtype === 'f32');
  const found = run(gradients(loss, wrt), leaves, data);
  wrt.forEach((x, k) => {
    const at = leaves.indexOf(x);
    expect(found[k].shape).toEqual(x.shape);
    found[k].data.forEach((derivative, i) => {
      const h = 1e-5;
      const [up, down] = [h, -h].map((step) => run([loss], leaves, bumped(data, at, i, step))[0].data[0]);
      // Truncation is of order h² = 1e-10 times a third derivative, cancellation of order 1e-16 / h = 1e-11.
      expect(Math.abs((up - down) / (2 * h) - derivative)).toBeLessThan(1e-8 * Math.max(1, Math.abs(derivative)));
    });
  });
});

for (const backend of backends) {
  it(`${[backend.name, backend.variant].filter(Boolean).join(', ')} agrees with the reference on every op`, async () => {
    const supported = cases.filter(({ sample }) => !(backend.name === 'onnx' && sample.training));
    const misses: string[] = [];
    for (const one of supported) misses.push(...(await missesOf(backend, one)));
    expect(misses).toEqual([]);
  });
}

/** The weighted sum of a result: weights differ, so that no two derivatives can stand in for one another. */
function lossOf(y: Value): Value {
  const size = y.shape.reduce<number>((n, d) => n * Number(d), 1);
  const weights = Float64Array.from({ length: size }, (_, i) => Math.cos(3 * i + 1));
  const weighted = ops.mul(y, constant({ shape: y.shape as number[], data: weights }));
  return ops.reduceSum(weighted, { axes: y.shape.map((_, i) => i) });
}

function isDifferentiable({ y, leaves }: Case): boolean {
  return y.dtype === 'f32' && leaves.some((x) => x.dtype === 'f32');
}

function run(values: readonly Value[], leaves: readonly Value[], data: readonly NdArray[]): NdArray[] {
  return evaluateValues(values, new Map(leaves.map((leaf, i) => [leaf, data[i]])));
}

function bumped(data: readonly NdArray[], which: number, at: number, by: number): NdArray[] {
  return data.map((x, k) => (k === which ? { shape: x.shape, data: x.data.with(at, x.data[at] + by) } : x));
}

/** Where a backend leaves the reference, in words. */
async function missesOf(backend: ConformingBackend, { name, sample, leaves, data, y }: Case): Promise<string[]> {
  const program: Program = { name: 'sample', inputs: leaves, outputs: { y }, updates: [] };
  const inputs = Object.fromEntries(leaves.map((leaf, i) => [`x${i}`, hosted(data[i], leaf.dtype)]));
  let session: Awaited<ReturnType<typeof backend.open>> | null = null;
  try {
    session = await backend.open([program]);
    const got = (await session.run('sample', inputs)).y;
    const [want] = run([y], leaves, data);
    if (String(got.shape) !== String(want.shape)) return [`${name}: shape [${got.shape}], expected [${want.shape}]`];
    if (got.dtype !== y.dtype) return [`${name}: dtype ${got.dtype}, expected ${y.dtype}`];
    if (!sample.random) return differences(name, got, want, backend.tolerance);
    const again: HostTensors = await session.run('sample', inputs);
    return [...momentMisses(name, got, sample.random), ...differences(`${name} again`, again.y, ndArray(got), 0)];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  } finally {
    await session?.dispose();
  }
}

/** Mean and variance within five standard errors of the law's, and no number outside a uniform law's range. */
function momentMisses(name: string, got: HostTensor, law: 'normal' | 'uniform'): string[] {
  const [mean, variance, kurtosis] = law === 'normal' ? [0, 1, 3] : [0.5, 1 / 12, 1.8];
  const numbers = Array.from(got.data, Number);
  const n = numbers.length;
  const average = numbers.reduce((sum, x) => sum + x, 0) / n;
  const spread = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
  const misses: string[] = [];
  if (!(Math.abs(average - mean) < 5 * Math.sqrt(variance / n))) misses.push(`${name}: mean ${average}`);
  if (!(Math.abs(spread - variance) < 5 * variance * Math.sqrt((kurtosis - 1) / n)))
    misses.push(`${name}: variance ${spread}`);
  if (law === 'uniform' && numbers.some((x) => !(x >= 0 && x < 1))) misses.push(`${name}: outside [0, 1)`);
  return misses;
}
