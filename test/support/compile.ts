/** Compiles specs in tests: shipped files from specs/, others from the test tree. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkFile } from '../../src/compiler/compile';
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

/** A model of the shipped specs with hyper-parameters as on the command line. */
export interface Configured {
  readonly file: string;
  readonly model: string;
  readonly settings: { readonly [name: string]: string };
}

/** The configuration of a golden case or of a row of counts.json, as these name it. */
export type GoldenConfig = { readonly [key: string]: unknown };

/** The shipped model for a golden configuration. */
export function configured(config: GoldenConfig): Configured {
  switch (config.model) {
    case 'pixeldit_t2i':
      return { file: 'specs/pixeldit-t2i.weft', model: 'PixelDiT_T2I', settings: textSettings(config) };
    case 'vanilla_dit':
      return { file: 'specs/ablations.weft', model: 'VanillaDiT', settings: patchSettings(config) };
    case 'DiT-XL/2':
    case 'SiT-XL/2': {
      const [, height, width] = config.latent as number[];
      const model = String(config.model).slice(0, 3);
      return { file: 'specs/peers/dit.weft', model, settings: { size: `${height}x${width}` } };
    }
    case 'DiT (original blocks)': {
      const [height, width] = config.image as number[];
      const settings = { channels: '3', patch: String(config.patch_size), depth: String(config.patch_depth) };
      return {
        file: 'specs/peers/dit.weft',
        model: 'DiT',
        settings: { ...settings, size: `${height}x${width}`, learn_sigma: String(config.learn_sigma) },
      };
    }
    case 'PixNerd-XL/16':
    case 'PixNerd-L/16':
      return { file: 'specs/peers/pixnerd.weft', model: presetOf(String(config.model)), settings: {} };
    default:
      if (String(config.model).startsWith('JiT'))
        return { file: 'specs/peers/jit.weft', model: String(config.model).replace(/[-/]/g, '_'), settings: {} };
      return { file: 'specs/pixeldit.weft', model: 'PixelDiT', settings: pixelditSettings(config) };
  }
}

/** The hyper-parameters of `specs/pixeldit.weft#PixelDiT` for a golden case's configuration. */
export function pixelditSettings(config: GoldenConfig): { [name: string]: string } {
  return {
    ...patchSettings(config),
    ...pixelSettings(config),
    ...given('adaln', config.pixel_adaln),
    ...given('adaln_groups', config.adaln_groups === 3 ? 'used' : undefined),
    ...given('pixel_attention', config.pixel_attention),
  };
}

/** `PixNerd-XL/16` → `PixNerd_XL`. */
function presetOf(name: string): string {
  return name.replace('-', '_').replace(/\/.*/, '');
}

function textSettings(config: GoldenConfig): { [name: string]: string } {
  const { classes: _, ...patches } = patchSettings(config);
  return {
    ...patches,
    ...pixelSettings(config),
    text_width: String(config.txt_embed_dim),
    text_length: String(config.txt_max_length),
    ...given('text_rope', config.use_text_rope),
    ...given('text_theta', config.text_rope_theta),
  };
}

function patchSettings(config: GoldenConfig): { [name: string]: string } {
  const [height, width] = config.image as number[];
  return {
    size: `${height}x${width}`,
    channels: String(config.in_channels ?? 3),
    classes: String(config.num_classes),
    patch: String(config.patch_size),
    width: String(config.hidden_size),
    heads: String(config.num_heads),
    depth: String(config.patch_depth),
  };
}

function pixelSettings(config: GoldenConfig): { [name: string]: string } {
  return {
    pixel_width: String(config.pixel_hidden_size),
    pixel_depth: String(config.pixel_depth),
    attn_width: String(config.attn_hidden_size ?? config.hidden_size),
    attn_heads: String(config.attn_num_heads ?? config.num_heads),
    modulation: String(config.pit_adaln ?? 'pre'),
    pixel_position: String(config.use_pixel_abs_pos ?? true),
    ...given('compaction', config.compaction === false ? '1:1' : undefined),
  };
}

function given(name: string, value: unknown): { [name: string]: string } {
  return value === undefined ? {} : { [name]: String(value) };
}

/** The model `M` of a spec that is given as text. */
export function compiledText(text: string): ModelGraph {
  const { model, diagnostics } = checkFile('case.weft', (path) =>
    path === 'case.weft' ? text : readSpec(path),
  ).elaborate('M');
  if (!model) throw new Error(renderText(diagnostics, { colors: false }));
  return model;
}
