/** Refuses a setting that is given both by an option and by `--set`: one of the two would be ignored. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { SettingEntry } from '../compiler/syntax/ast';

/** The settings of a section that each option gives. */
export type OptionSettings = { readonly [option: string]: readonly string[] };

export const trainOptions = {
  steps: ['steps'],
  batch: ['batch'],
  seed: ['seed'],
  from: ['from'],
  data: ['data', 'data.path'],
} satisfies OptionSettings;

/** A solver written with its arguments gives the steps too. */
export const sampleOptions = {
  solver: ['solver'],
  steps: ['solver', 'solver.steps'],
  shift: ['solver.shift'],
  guidance: ['guidance', 'guidance.scale', 'guidance.from', 'guidance.to'],
} satisfies OptionSettings;

/** A format written with its arguments gives the opset too. */
export const exportOptions = {
  opset: ['format', 'format.opset'],
  precision: ['format.precision'],
  dynamic: ['dynamic'],
} satisfies OptionSettings;

/** Throws if one of the given `options` gives a setting that `--set` gives too. */
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

/** The key of a setting, and one for each argument of a choice written with arguments: `solver`, `solver.shift`. */
function keysOf({ path, value }: SettingEntry): string[] {
  const key = path.map((p) => p.name).join('.');
  const named = value.kind === 'call' ? value.args.flatMap((a) => (a.name ? [`${key}.${a.name.name}`] : [])) : [];
  return [key, ...named];
}
