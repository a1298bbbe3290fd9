/** Every source of data, by the name that recipes use; src/data/sources/ opens them. */
import type { Chosen, ParametersOf } from '../field';
import { emoji } from './emoji';
import { folder } from './folder';
import { latents } from './latents';
import { mnist } from './mnist';
import { scenes } from './scenes';

export const dataSources = { folder, latents, emoji, mnist, scenes };

/** A source as a recipe has it. */
export type DataSource = Chosen<ParametersOf<typeof dataSources>>;
