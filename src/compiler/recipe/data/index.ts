/** Every source of data, by its name in recipes; src/data/sources/ opens them. */
// Tested by test/train/data-option.test.ts.
import type { Chosen, ParametersOf } from '../field';
import { compositions } from './compositions';
import { emoji } from './emoji';
import { folder } from './folder';
import { latents } from './latents';
import { mnist } from './mnist';
import { parquet } from './parquet';
import { scenes } from './scenes';
import { tar } from './tar';
import type { SourceChoice } from './source';

export const dataSources = { folder, tar, parquet, latents, emoji, mnist, scenes, compositions };

/** The source of a recipe, with its settings. */
export type DataSource = Chosen<ParametersOf<typeof dataSources>>;

/** The source with this name; null if there is none. */
export function sourceNamed(name: string): SourceChoice | null {
  const known: { readonly [name: string]: SourceChoice } = dataSources;
  return Object.hasOwn(known, name) ? known[name] : null;
}

/** The forms in which `--data` names sources that are not files: `emoji`, `emoji:STYLES,…`, `mnist`. */
export const shortForms: readonly string[] = Object.entries(dataSources).flatMap(([name, { short }]) => {
  const list = listOf(name);
  if (short === null) return [];
  return list === null ? [name] : [name, `${name}:${list.toUpperCase()},…`];
});

/** The spec's form of `scenes` or `emoji:noto,flags`; null if the text names a folder and not a source. */
export function writtenInFull(text: string): string | null {
  const [name, names] = text.split(':', 2);
  const source = sourceNamed(name);
  if (!source?.short) return null;
  const list = listOf(name);
  if (names === undefined) return source.short;
  return list === null ? null : `${name}(${list}: (${names}))`;
}

/** The parameter of a source that takes a list of words; null for none. */
function listOf(name: string): string | null {
  const parameters = Object.entries(sourceNamed(name)?.parameters ?? {});
  return parameters.find(([, { takes }]) => takes.kind === 'words')?.[0] ?? null;
}
