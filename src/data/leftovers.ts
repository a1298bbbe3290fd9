/** Sorts the tensors of a file that a model does not use: those that can be ignored, and those that show that the file is for another model. */
// Tested by test/run/load-weights.test.ts.
import { counted, someOf } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { printable } from '../compiler/diagnostics/printable';
import { grouped, type NamedShape } from './check-weights';

/** The unused tensors of a file, by their meaning. */
export interface Leftovers {
  /** Buffers, counters, projectors of training: nothing the model computes depends on them. */
  readonly safe: readonly NamedShape[];
  /** More blocks than the model has, or more weights in layers that it has. */
  readonly alike: readonly NamedShape[];
  /** Parts that the model does not have at all, such as another head. */
  readonly foreign: readonly NamedShape[];
}

/** Last parts of the names of tensors that are not weights. */
const buffers =
  /(^|\.)(running_(mean|var)|num_batches_tracked|inv_freq|freqs?(_\w+)?|position_ids|relative_position_index|\w*_?mask|mask_token|(\w+_)?alphas\w*|betas|sigmas|log_?vars?|num_updates|decay|step|initted|n_averaged|_extra_state|total_(ops|params)|input_scale|scale_input|scaled_fp8|\w*amax_history|comfy_quant)$/;

/** First parts of the names of things that are trained or used beside a model. */
const besides =
  /^(repa|projectors?|_repa_projector|diffusion_trainer|\w*proj_head|optimizer\w*|lr_scheduler|ema_decay|loss\w*|discriminator|lpips)(\.|$)/;

/** Whether a tensor's name shows that it cannot be a weight of the model. */
export function isBeside(name: string): boolean {
  return buffers.test(name) || besides.test(name);
}

/** Sorts the tensors of `found` whose names are not in `used`. */
export function leftoversOf(used: readonly string[], found: readonly NamedShape[]): Leftovers {
  const known = new Set(used);
  const parts = new Set(used.flatMap((name) => [pattern(name), layerOf(name), blockOf(name)]));
  const left: { [K in keyof Leftovers]: NamedShape[] } = { safe: [], alike: [], foreign: [] };
  for (const tensor of found) {
    const { name } = tensor;
    if (known.has(name)) continue;
    const isAlike = [pattern(name), layerOf(name), blockOf(name)].some((part) => part !== null && parts.has(part));
    left[isBeside(name) ? 'safe' : isAlike ? 'alike' : 'foreign'].push(tensor);
  }
  return left;
}

/** Refuses unused tensors that resemble the model's own weights. */
export function refuseAlike(path: string, used: readonly string[], { alike }: Leftovers): void {
  if (alike.length === 0) return;
  const lines = grouped(alike, ({ name, shape }) => `${printable(name)} [${shape.join(', ')}]`).slice(0, 10);
  throw new WeftError(
    `${path} holds ${counted(alike.length, 'tensor')} that the model has no place for, though ${alike.length === 1 ? 'it looks like a part' : 'they look like parts'} of it:\n  ${lines.join('\n  ')}`,
    `${moreBlocks(used, alike) ?? 'Without them the model would compute something else.'} Give the model the hyper-parameters the file was made with (--set), or save a file without these tensors.`,
  );
}

/** The names of a few tensors, and how many more there are. */
export function someNames(tensors: readonly NamedShape[]): string {
  const groups = grouped(tensors, ({ name }) => printable(name));
  return someOf(groups, 5);
}

/** `The file has 4 of blocks, the model 2.` */
function moreBlocks(used: readonly string[], alike: readonly NamedShape[]): string | null {
  const block = blockOf(alike[0].name);
  if (block === null) return null;
  const count = (names: readonly string[]): number =>
    new Set(names.filter((n) => blockOf(n) === block).map((n) => /\d+/.exec(n)![0])).size;
  const [have, want] = [count([...used, ...alike.map((t) => t.name)]), count(used)];
  if (have === want || want === 0) return null;
  return `The file has ${have} of \`${printable(block.slice(0, -2))}\`, the model ${want}.`;
}

/** The name with every number as `#`. */
function pattern(name: string): string {
  return name.replace(/\d+/g, '#');
}

/** The layer that a weight belongs to: `blocks.#.attn.qkv:`. Null for a weight outside of layers. */
function layerOf(name: string): string | null {
  const at = name.lastIndexOf('.');
  return at < 0 ? null : `${pattern(name.slice(0, at))}:`;
}

/** The repetition that a weight belongs to: `blocks.#`. Null for a weight outside of repetitions. */
function blockOf(name: string): string | null {
  const found = /^(.*?(?:^|\.))\d+(\.|$)/.exec(name);
  return found && found[1] !== '' ? `${found[1]}#` : null;
}
