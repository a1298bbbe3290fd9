/** Compares an exported file with open image size with models built for single sizes. */
// Tested by test/cli/export-size.test.ts.
import { readMetadata } from '../backends/onnx/metadata';
import type { OutputDifference, Verification } from '../backends/onnx/verify';
import type { OpenSize } from '../compiler/lower/open-size';
import type { ModelGraph } from '../compiler/lower/model';
import type { OpenModel } from '../spec/open';
import { sizeNote } from './export-model';
import { verifyModel, type VerifyModelOptions } from './verify-model';

/** Runs the file and a model of each size on the same random inputs; returns the largest difference over all sizes. */
export async function verifySizes(file: string, open: OpenModel, options: VerifyModelOptions): Promise<Verification> {
  const [largest, ...others] = sizesOf(open.model.openSize);
  const results: Verification[] = [];
  for (const [height, width] of [largest, ...others]) {
    const batchSizes = height === largest[0] && width === largest[1] ? options.batchSizes : [1];
    const result = await verifyModel(file, open.at(height, width), { ...options, batchSizes });
    const size = `${height}x${width}`;
    results.push({ ...result, outputs: result.outputs.map((o) => ({ ...o, worst: { ...o.worst, size } })) });
  }
  return {
    passed: results.every((r) => r.passed),
    tolerance: results[0].tolerance,
    outputs: results[0].outputs.map(({ output }) => worstOf(results, output)),
  };
}

/** The model at the largest size that a file is compared at, which needs most memory. */
export function largestOf({ model, at }: OpenModel): ModelGraph {
  const [[height, width]] = sizesOf(model.openSize).sort((a, b) => b[0] * b[1] - a[0] * a[1]);
  return at(height, width);
}

/** Whether a file takes images of any size, according to its metadata. */
export async function hasOpenSize(file: string): Promise<boolean> {
  return sizeNote in (await readMetadata(file));
}

/** The spec's own size first, then one of half the height, and a small upright one; no size twice. */
function sizesOf({ units, nominal }: OpenSize): [number, number][] {
  const rows = Math.ceil(nominal.height / units.height / 2);
  const sizes: [number, number][] = [
    [nominal.height, nominal.width],
    [rows * units.height, nominal.width],
    [3 * units.height, 2 * units.width],
  ];
  return sizes.filter((size, i) => sizes.findIndex((other) => other.join() === size.join()) === i);
}

function worstOf(results: readonly Verification[], output: string): OutputDifference {
  const all = results.flatMap((r) => r.outputs.filter((o) => o.output === output));
  return all.reduce((worst, o) => (o.relMax <= worst.relMax ? worst : o));
}
