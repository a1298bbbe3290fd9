/** A setting that an option gives and `--set` gives as well: one of the two would be dropped. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { SettingEntry } from '../compiler/syntax/ast';

/** The settings of a section that an option stands for; one that ends in `.*` stands for all of a choice's arguments. */
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
  guidance: ['guidance', 'guidance.*'],
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
  for (const { path } of entries) {
    const key = path.map((p) => p.name).join('.');
    const option = Object.keys(settings).find(
      (name) => options[name] !== undefined && settings[name].some((setting) => stands(setting, key)),
    );
    if (option !== undefined)
      throw new WeftError(`--${option} and --set ${key} say the same thing.`, 'Leave one of them out.', 2);
  }
}

function stands(setting: string, key: string): boolean {
  return setting.endsWith('.*') ? key.startsWith(setting.slice(0, -1)) : key === setting;
}
