/** Exports a model's weights and hyper-parameters as a folder in the layout of diffusers. */
// Tested by test/run/recorded-conventions.test.ts.
import { requireOptions, requireWord } from '../compiler/diagnostics/require-kind';
import { withLeftOut } from '../compiler/lower/left-out';
import type { ModelGraph } from '../compiler/lower/model';
import type { ExportSettings } from '../compiler/recipe/index';
import { writeDiffusersFolder } from '../data/checkpoints/diffusers';
import { architectureEntries } from './recorded-architecture';
import { conventionsEntry } from './recorded-conventions';
import { openWeightsOf, type LoadOptions } from './load-weights';

export interface DiffusersExportOptions extends LoadOptions {
  /** Path of a safetensors or PyTorch file; not needed for a model without weights. */
  readonly weights?: string;
  readonly precision?: ExportSettings['precision'];
}

const dtypes = { fp32: 'F32', fp16: 'F16', bf16: 'BF16' } as const;

/** The files written into `folder`; weights are read and written one at a time. */
export async function exportToDiffusers(
  model: ModelGraph,
  folder: string,
  given: DiffusersExportOptions,
): Promise<readonly string[]> {
  requireOptions(given);
  const { weights, precision = 'fp32', ...options } = given;
  requireWord('precision', precision, Object.keys(dtypes));
  const source = await openWeightsOf(model, weights, options);
  try {
    const names = model.weights.map((w) => w.leaf.name);
    const remarks = { ...architectureEntries(model), ...conventionsEntry(withLeftOut(model, source.leftOut)) };
    return await writeDiffusersFolder(folder, model, { ...source, names }, { dtype: dtypes[precision], remarks });
  } finally {
    await source.close();
  }
}
