/** Every source of data, by the name that recipes use; src/data/sources/ opens them. */
import type { Chosen, ParametersOf } from '../field';
import { emoji } from './emoji';
import { folder } from './folder';
import { latents } from './latents';
import { mnist } from './mnist';
import { scenes } from './scenes';
import type { SourceChoice } from './source';

export const dataSources = { folder, latents, emoji, mnist, scenes };

/** A source as a recipe has it. */
export type DataSource = Chosen<ParametersOf<typeof dataSources>>;

/** The source of a name; null where there is none. */
export function sourceNamed(name: string): SourceChoice | null {
  const known: { readonly [name: string]: SourceChoice } = dataSources;
  return Object.hasOwn(known, name) ? known[name] : null;
}
