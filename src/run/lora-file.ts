/** Files of adapters (LoRA) in the usual layout, `LAYER.lora_A.weight` and `LAYER.lora_B.weight`: those of PEFT and of diffusers. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import type { HostTensor } from '../backends/session';
import { someOf } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { printable } from '../compiler/diagnostics/printable';
import { suggest } from '../compiler/diagnostics/suggest';
import { staticShape } from '../compiler/ir/dims';
import type { ModelGraph } from '../compiler/lower/model';
import { adapterWords, linearWeights, type Adapter } from '../compiler/programs/adapters';
import { openSafetensors, writeSafetensors } from '../data/safetensors';
import { ensureWritableFolder, writeFileAtomic } from '../files/atomic';
import { readJson } from '../files/read-json';
import type { LowRank } from './merged-weight';

/** The names that PEFT gives its files. */
const peftNames = { weights: 'adapter_model.safetensors', config: 'adapter_config.json' };
const weightsNames = [peftNames.weights, 'pytorch_lora_weights.safetensors'];
/** Prefixes of a layer's label: in PEFT, in diffusers, and in the files of other trainers. */
const prefixes = ['', 'base_model.model.', 'transformer.', 'unet.', 'diffusion_model.', 'model.'];
/** Suffixes of a layer's label. */
const parts: readonly (readonly [RegExp, 'down' | 'up' | 'alpha'])[] = [
  [/\.(lora_A(\.default)?|lora_down|lora\.down)\.weight$/, 'down'],
  [/\.(lora_B(\.default)?|lora_up|lora\.up)\.weight$/, 'up'],
  [/\.alpha$/, 'alpha'],
];

const configSchema = z.looseObject({
  lora_alpha: z.number().optional(),
  use_dora: z.boolean().optional(),
  use_rslora: z.boolean().optional(),
  fan_in_fan_out: z.boolean().optional(),
  alpha_pattern: z.record(z.string(), z.number()).optional(),
});

type Found = { -readonly [part in 'down' | 'up' | 'alpha']?: HostTensor };

/** The adapters in a file, or in a folder written by PEFT, by the labels of the model's weights. If one matches no layer, the file is refused. */
export async function readLora(
  path: string,
  model: ModelGraph,
  tell: (note: string) => void = () => {},
): Promise<ReadonlyMap<string, LowRank>> {
  const file = fileAt(path);
  const layers = new Map(linearWeights(model).map((w) => [w.leaf.name, staticShape(w.shape)]));
  const found = new Map<string, Found>();
  const strange: string[] = [];
  const reader = await openSafetensors(file);
  try {
    if (reader.remark) tell(`${file}: ${reader.remark}`);
    for (const name of reader.names) {
      const part = parts.find(([ending]) => ending.test(name));
      const label = part && labelOf(name.replace(part[0], ''), layers);
      if (!part || label === null || label === undefined) strange.push(name);
      else found.set(label, { ...found.get(label), [part[1]]: await reader.read(name) });
    }
    if (strange.length > 0) refuseStrange(file, strange, model, layers);
    const alpha = await alphaOf(file, reader.metadata);
    const made = [...found].map(([label, own]): [string, LowRank] => [
      label,
      lowRank(own, { file, label, shape: layers.get(label) ?? [], alpha }),
    ]);
    if (made.length > 0) return new Map(made);
    throw new WeftError(`${file} holds no adapters.`, 'Name a file with tensors such as blocks.0.q.lora_A.weight.');
  } finally {
    await reader.close();
  }
}

function fileAt(path: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) return path;
  const inside = weightsNames.map((name) => join(path, name)).find((file) => existsSync(file));
  if (inside !== undefined) return inside;
  throw new WeftError(`${path} holds no adapters.`, `A folder of adapters has ${weightsNames.join(' or ')}.`);
}

/** The label of the weight that an adapter with this name belongs to; null if the model has none. */
function labelOf(layer: string, layers: ReadonlyMap<string, unknown>): string | null {
  for (const prefix of prefixes) {
    const label = `${layer.slice(prefix.length)}.weight`;
    if (layer.startsWith(prefix) && layers.has(label)) return label;
  }
  return null;
}

function refuseStrange(
  file: string,
  strange: readonly string[],
  { name }: ModelGraph,
  layers: ReadonlyMap<string, unknown>,
): never {
  const near = suggest(
    strange[0].replace(/\.(lora_[AB]|lora_down|lora_up).*$/, '.weight'),
    [...layers.keys()].flatMap((label) => prefixes.map((prefix) => prefix + label)),
  );
  throw new WeftError(
    `${file} has tensors that are no adapters of linear layers of ${name}: ${someOf(strange.map(printable), 5)}.`,
    near.length > 0
      ? `The model has ${near.map((label) => label.replace(/\.weight$/, '')).join(' and ')}: is the file for another model?`
      : 'Use it with the model that it was trained for.',
  );
}

/** The factor alpha of all layers, if the file or the configuration beside it gives one. */
async function alphaOf(file: string, metadata: { readonly [key: string]: string }): Promise<number | null> {
  const config = join(dirname(file), peftNames.config);
  const own = metadata.lora_alpha === undefined ? null : Number(metadata.lora_alpha);
  if (own !== null && Number.isFinite(own)) return own;
  if (!existsSync(config)) return null;
  const said = await readJson(config, configSchema);
  const unread = (['use_dora', 'use_rslora', 'fan_in_fan_out'] as const).find((name) => said[name]);
  const patterns = Object.keys(said.alpha_pattern ?? {}).length > 0 ? 'alpha_pattern' : undefined;
  if (unread ?? patterns)
    throw new WeftError(
      `${config} says \`${unread ?? patterns}\`, which Weft does not read.`,
      'Merge the adapters into the weights with the tool that made them, and use these.',
    );
  return said.lora_alpha ?? null;
}

interface Place {
  readonly file: string;
  readonly label: string;
  /** Shape of the layer's weight. */
  readonly shape: readonly number[];
  readonly alpha: number | null;
}

function lowRank({ down, up, alpha: own }: Found, { file, label, shape, alpha }: Place): LowRank {
  const layer = label.replace(/\.weight$/, '');
  if (!down || !up)
    throw new WeftError(
      `${file} has half of an adapter: of ${layer} the tensor ${down ? adapterWords.up : adapterWords.down} is missing.`,
      'The file is not whole: write it again.',
    );
  const [out, width] = shape;
  const [rank] = down.shape;
  const fits = down.shape.length === 2 && up.shape.length === 2 && up.shape[1] === rank;
  if (!fits || down.shape[1] !== width || up.shape[0] !== out)
    throw new WeftError(
      `The adapter of ${layer} in ${file} is A [${down.shape.join(', ')}] and B [${up.shape.join(', ')}]; the layer is [${out}, ${width}].`,
      `It must be A [rank, ${width}] and B [${out}, rank]: is the file for another model?`,
    );
  return { down, up, scale: (own?.data[0] ?? alpha ?? rank) / rank };
}

/** Adapters with their numbers. */
export interface TrainedAdapters {
  readonly adapters: readonly Adapter[];
  /** The tensors by their labels. */
  readonly values: { readonly [label: string]: HostTensor };
  readonly rank: number;
  readonly alpha: number;
  readonly remarks: { readonly [key: string]: string };
}

/** Writes the two files of a folder that PEFT reads, and gives their paths. */
export async function writeLora(
  folder: string,
  { adapters, values, rank, alpha, remarks }: TrainedAdapters,
): Promise<readonly string[]> {
  await ensureWritableFolder(folder);
  const files = [join(folder, peftNames.weights), join(folder, peftNames.config)];
  const tensors = adapters.flatMap(({ down, up }) => [down, up]).map((w) => w.leaf.name);
  await writeSafetensors(
    files[0],
    Object.fromEntries(tensors.map((name) => [`base_model.model.${name}`, values[name]])),
    {
      metadata: { format: 'pt', ...remarks, lora_alpha: String(alpha) },
    },
  );
  const config = {
    peft_type: 'LORA',
    task_type: null,
    base_model_name_or_path: null,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    target_modules: adapters.map(({ base }) => base.leaf.name.replace(/\.weight$/, '')),
  };
  await writeFileAtomic(files[1], `${JSON.stringify(config, null, 2)}\n`);
  return files;
}
