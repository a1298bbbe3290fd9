/** Exports a model, and keeps the file only if ONNX Runtime computes the same from it as the model. */
// Tested by test/cli/export.test.ts.
import { mkdtemp, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { OnnxFiles } from '../backends/onnx/export';
import { verifyTolerances } from '../backends/onnx/precision';
import { describeVerification, type Verification } from '../backends/onnx/verify';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { countParameters, type ModelGraph } from '../compiler/lower/model';
import { ensureWritableFolder, moveInto } from '../files/atomic';
import { formatBytes } from '../files/file-error';
import { exportModelToOnnx, type ExportModelOptions } from './export-model';
import type { OpenModel } from '../spec/open';
import { requireComparisonRoom, verifyModel } from './verify-model';
import { largestOf, verifySizes } from './verify-sizes';

/** Larger files, in bytes, are compared only on request: that takes several times their size in memory. */
export const verifiedUpTo = 1.5e9;

export interface VerifiedExport extends OnnxFiles {
  /** Null when it was not compared. */
  readonly verification: Verification | null;
}

export interface VerifiedExportOptions extends ExportModelOptions {
  /** If the model's image size is open: builds it at single sizes, which the file is compared with. */
  readonly open?: OpenModel;
}

/** `verify`: true always, false never, null when the weights are at most `verifiedUpTo` bytes. */
export async function exportVerified(
  model: ModelGraph,
  options: VerifiedExportOptions,
  verify: boolean | null = null,
): Promise<VerifiedExport> {
  const wanted = verify ?? 4 * countParameters(model) <= verifiedUpTo;
  if (!wanted) return { ...(await exportModelToOnnx(model, options)), verification: null };
  const batchSizes = options.dynamicBatch === false ? [1] : [1, 3];
  await requireComparisonRoom(options.open ? largestOf(options.open) : model, {
    program: options.program,
    batchSizes,
  }).catch((error: unknown) => {
    if (!(error instanceof WeftError)) throw error;
    throw new WeftError(error.message, 'What fits: --no-verify, which writes the file and compares nothing.', 3);
  });
  const folder = await temporaryBeside(options.path);
  try {
    const unproven = join(folder, basename(options.path));
    const { files, bytes } = await exportModelToOnnx(model, { ...options, path: unproven });
    const comparison = {
      weights: options.weights,
      which: options.which,
      tell: options.tell,
      unused: options.unused,
      program: options.program,
      sampling: options.sampling,
      batchSizes,
      tolerance: verifyTolerances[options.precision ?? 'fp32'],
    };
    const verification = options.open
      ? await verifySizes(unproven, options.open, comparison)
      : await verifyModel(unproven, model, comparison);
    if (!verification.passed) throw unequal(model, verification);
    const kept = files.map((file) => join(dirname(options.path), basename(file)));
    for (const [i, file] of files.entries()) await moveInto(file, kept[i]);
    return { files: kept, bytes, verification };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function temporaryBeside(path: string): Promise<string> {
  const parent = dirname(path);
  await ensureWritableFolder(parent);
  return mkdtemp(join(parent, '.unproven-'));
}

function unequal(model: ModelGraph, verification: Verification): WeftError {
  return new WeftError(
    `The ONNX file of ${model.name} does not compute what the model computes, so it was not kept.\n${describeVerification(verification)}`,
    'Try another --opset or --precision. `--no-verify` keeps the file all the same, for a look at it.',
  );
}

/** The note for a file that was not compared. */
export function unverifiedNote(bytes: number): string {
  return `note: ${formatBytes(bytes)} of weights were not compared with the model; \`weft verify\` does it, or export with --verify`;
}
