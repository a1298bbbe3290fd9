/** A setting that an option gives and `--set` gives as well: one of the two would be dropped. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { SettingEntry } from '../compiler/syntax/ast';

/** The settings of a section that an option stands for. */
export type OptionSettings = { readonly [option: string]: readonly string[] };

export const trainOptions = {
  steps: ['steps'],
  batch: ['batch'],
  seed: ['seed'],
  from: ['from'],
  data: ['data', 'data.path'],
} satisfies OptionSettings;

/** A solver that is written whole says its steps. */
export const sampleOptions = {
  solver: ['solver'],
  steps: ['solver', 'solver.steps'],
  shift: ['solver.shift'],
  guidance: ['guidance', 'guidance.scale', 'guidance.from', 'guidance.to'],
} satisfies OptionSettings;

/** A format that is written whole says its opset. */
export const exportOptions = {
  opset: ['format', 'format.opset'],
  precision: ['format.precision'],
  dynamic: ['dynamic'],
} satisfies OptionSettings;

/** Throws where one of the `options` that are given stands for a setting that is set as well. */
export function refuseSaidTwice<T extends OptionSettings>(
  settings: T,
  options: { readonly [K in keyof T]?: unknown },
  entries: readonly SettingEntry[],
): void {
  for (const key of entries.flatMap(keysOf)) {
    const option = Object.keys(settings).find((name) => options[name] !== undefined && settings[name].includes(key));
    if (option !== undefined)
      throw new WeftError(`--${option} and --set ${key} say the same thing.`, 'Leave one of them out.', 2);
  }
}

/** A setting, and each argument of a choice that is written whole: `solver`, `solver.shift`. */
function keysOf({ path, value }: SettingEntry): string[] {
  const key = path.map((p) => p.name).join('.');
  const named = value.kind === 'call' ? value.args.flatMap((a) => (a.name ? [`${key}.${a.name.name}`] : [])) : [];
  return [key, ...named];
}
