/** Reads `--data`: the short name of a source, as its declaration gives it, or else a folder. */
import { writtenInFull } from '../compiler/recipe/data/index';
import type { DataSource } from '../compiler/recipe/index';
import { trainFields } from '../compiler/recipe/train';
import { SettingReader } from '../compiler/sections/schema';
import { readWritten } from '../compiler/sections/written';
import { SpecError } from '../spec/spec-error';
import { pathFrom } from '../spec/paths';

/**
 * The source that replaces the recipe's own. A folder, a tar or Parquet file, or a pattern of such files is relative to the working directory.
 * Mirroring stays as in the recipe.
 */
export function readDataSource(text: string, before: DataSource): DataSource {
  const flip = 'flip' in before && before.flip;
  const written = writtenInFull(text);
  if (written === null) {
    const path = pathFrom(process.cwd(), text);
    if (before.kind === 'latents') return { ...before, path };
    if (/\.parquet$/i.test(text))
      return before.kind === 'parquet' ? { ...before, path } : { kind: 'parquet', path, flip };
    return { kind: /\.tar$/i.test(text) ? 'tar' : 'folder', path, flip };
  }
  if (text === before.kind) return before;
  const reader = new SettingReader();
  const { entry, diagnostics } = readWritten('data', written, '--data');
  const source = entry ? reader.read('data', trainFields.data, entry.value) : undefined;
  if (!source) throw new SpecError([...diagnostics, ...reader.diagnostics]);
  return 'flip' in source ? { ...source, flip } : source;
}
