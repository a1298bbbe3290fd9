/** Exports a model's weights and hyper-parameters as a folder in the layout of diffusers. */
import type { ModelGraph } from '../compiler/lower/model';
import type { ExportSettings } from '../compiler/lower/recipe';
import { writeDiffusersFolder } from '../data/checkpoints/diffusers';
import type { Which } from '../data/checkpoints/layouts';
import { openWeightsOf } from './load-weights';

export interface DiffusersExportOptions {
  /** Path of a safetensors or PyTorch file. */
  readonly weights: string;
  readonly which?: Which;
  readonly precision?: ExportSettings['precision'];
}

const dtypes = { fp32: 'F32', fp16: 'F16', bf16: 'BF16' } as const;

/** The files written into `folder`; weights are read and written one at a time. */
export async function exportToDiffusers(
  model: ModelGraph,
  folder: string,
  { weights, which, precision = 'fp32' }: DiffusersExportOptions,
): Promise<readonly string[]> {
  const source = await openWeightsOf(model, weights, which);
  try {
    const names = model.weights.map((w) => w.leaf.name);
    return await writeDiffusersFolder(folder, model, { ...source, names }, dtypes[precision]);
  } finally {
    await source.close();
  }
}
