/** Compiles specs in tests: shipped files from specs/, others from the test tree. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkFile } from '../../src/compiler/check/check-file';
import { renderText } from '../../src/compiler/diagnostics/render';
import type { ModelGraph } from '../../src/compiler/lower/model';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Reads `std/x` from the shipped specs and anything else relative to the repository. */
export function readSpec(path: string): string | null {
  const file = path.startsWith('std/') ? resolve(root, 'specs', `${path}.weft`) : resolve(root, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** One model of a file with hyper-parameters as on the command line; throws with the rendered diagnostics. */
export function compileModel(
  path: string,
  name: string,
  settings: { readonly [name: string]: string } = {},
): ModelGraph {
  const spec = checkFile(path, readSpec, { elaborateModels: false });
  const { model, diagnostics } = spec.elaborate(name, settings);
  const all = [...spec.diagnostics, ...diagnostics].filter((d) => d.severity === 'error');
  if (!model || all.length > 0) throw new Error(renderText(all, { colors: false }));
  return model;
}

/** The hyper-parameters of `specs/pixeldit.weft#PixelDiT` for a golden case's configuration. */
export function pixelditSettings(config: { readonly [key: string]: unknown }): { [name: string]: string } {
  const [height, width] = config.image as number[];
  return {
    size: `${height}x${width}`,
    channels: String(config.in_channels),
    classes: String(config.num_classes),
    patch: String(config.patch_size),
    width: String(config.hidden_size),
    heads: String(config.num_heads),
    depth: String(config.patch_depth),
    pixel_width: String(config.pixel_hidden_size),
    pixel_depth: String(config.pixel_depth),
    attn_width: String(config.attn_hidden_size ?? config.hidden_size),
    attn_heads: String(config.attn_num_heads ?? config.num_heads),
    modulation: String(config.pit_adaln ?? 'pre'),
    pixel_position: String(config.use_pixel_abs_pos ?? true),
  };
}
