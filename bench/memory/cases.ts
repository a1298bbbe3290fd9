/** The training steps whose memory is measured: shipped models of three kinds, with the recipes that come with them. */
import { join } from 'node:path';
import type { ModelGraph } from '../../src/compiler/lower/model';
import type { Recompute, TrainRecipe } from '../../src/compiler/recipe/index';
import { packageRoot } from '../../src/files/package-root';
import { elaborateModel, openSpec } from '../../src/spec/open';

export type MeasuredBackend = 'tensorflow' | 'tfjs';

export interface MemoryCase {
  readonly name: string;
  readonly backend: MeasuredBackend;
  readonly batch: number;
  readonly recompute: Recompute;
}

interface CaseModel {
  readonly file: string;
  readonly recipe: string;
  /** Images a step, so that activations are most of what is held. */
  readonly batch: { readonly [B in MeasuredBackend]: number };
}

export const caseModels: { readonly [name: string]: CaseModel } = {
  class: { file: 'specs/examples/quickstart.weft', recipe: 'quickstart', batch: { tensorflow: 64, tfjs: 16 } },
  text: { file: 'specs/examples/emoji-t2i.weft', recipe: 'words', batch: { tensorflow: 128, tfjs: 32 } },
  windows: { file: 'examples/windowed-pixels.weft', recipe: 'emoji', batch: { tensorflow: 64, tfjs: 16 } },
};

/** The model of a case, and its recipe with the batch and recomputation of the case. */
export function openCase({ name, batch, recompute }: Omit<MemoryCase, 'backend'>): {
  model: ModelGraph;
  recipe: TrainRecipe;
} {
  const { file, recipe: wanted } = caseModels[name]!;
  const { spec } = openSpec(join(packageRoot(), file));
  const recipe = spec.recipes.find((r) => r.name === wanted)!;
  return { model: elaborateModel(spec, recipe.model), recipe: { ...recipe, batch, recompute } };
}
