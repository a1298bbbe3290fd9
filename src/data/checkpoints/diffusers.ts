/** Writes a model in the folder layout of diffusers: `config.json` and `diffusion_pytorch_model.safetensors`. */
import { join } from 'node:path';
import type { StaticValue } from '../../compiler/lower/model';
import { ensureWritableFolder, writeFileAtomic } from '../../files/atomic';
import { version } from '../../version';
import { createSafetensorsWriter, type FloatStorage } from '../safetensors';
import type { WeightSource } from '../weight-source';

export interface DiffusersModel {
  readonly name: string;
  readonly hyperparameters: { readonly [name: string]: StaticValue };
}

export interface DiffusersFile {
  /** How numbers are stored; F32 by default. */
  readonly dtype?: FloatStorage;
  /** Entries for the metadata of the weights. */
  readonly remarks?: { readonly [key: string]: string };
}

/** Writes two files. Weights go from source to file one at a time, under their own names. */
export async function writeDiffusersFolder(
  folder: string,
  { name, hyperparameters }: DiffusersModel,
  weights: WeightSource,
  { dtype = 'F32', remarks = {} }: DiffusersFile = {},
): Promise<readonly string[]> {
  await ensureWritableFolder(folder);
  const files = [join(folder, 'config.json'), join(folder, 'diffusion_pytorch_model.safetensors')];
  // Loaders of this layout require the entry `format`.
  const metadata = { format: 'pt', weft: version, ...remarks };
  const tensors = weights.names.map((n) => ({ name: n, dtype, shape: weights.shapeOf(n) }));
  const writer = await createSafetensorsWriter(files[1], { tensors, metadata });
  try {
    for (const tensor of tensors) {
      const data = await weights.read(tensor.name);
      await writer.write(tensor.name, { shape: tensor.shape, dtype: 'f32', data });
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
  const config = { _class_name: name, _weft_version: version, ...plain(hyperparameters) };
  await writeFileAtomic(files[0], `${JSON.stringify(config, null, 2)}\n`);
  return files;
}

/** Hyper-parameters as readable JSON: sizes and ratios as in a spec. */
function plain(hyperparameters: DiffusersModel['hyperparameters']): { [name: string]: number | string | boolean } {
  return Object.fromEntries(
    Object.entries(hyperparameters).map(([name, value]) => [name, typeof value === 'object' ? written(value) : value]),
  );
}

function written(value: Extract<StaticValue, object>): string {
  return 'ratio' in value ? value.ratio.join(':') : value.size.join('x');
}
