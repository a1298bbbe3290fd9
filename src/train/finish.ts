/** What a finished run leaves: raw and averaged weights, the loss curve, and a grid of samples. */
import type { HostTensor, HostTensors, Session } from '../backends/session';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/lower/recipe';
import { writeSafetensors } from '../data/safetensors';
import { version } from '../version';
import type { RunPaths } from './run-folder';

export interface FinishOptions {
  readonly classes: readonly string[];
  readonly sample?: SampleSettings | null;
  readonly threads?: number;
}

/** Paths of what was written; null for what this run has not. */
export interface FinishedFiles {
  readonly weights: string;
  readonly ema: string | null;
}

/** Writes the files. Samples are drawn with the averaged weights where there are any. */
export async function finishRun(
  session: Session,
  model: ModelGraph,
  recipe: TrainRecipe,
  paths: RunPaths,
  _options: FinishOptions,
): Promise<FinishedFiles> {
  const metadata = { weft: version, model: model.name, recipe: recipe.name, steps: String(recipe.steps) };
  await writeSafetensors(paths.weights, await weightsOf(session, model), { metadata });
  if (recipe.ema !== null) await writeSafetensors(paths.ema, await averagesOf(session, model), { metadata });
  return { weights: paths.weights, ema: recipe.ema === null ? null : paths.ema };
}

/** The trained weights under their own names. */
export async function weightsOf(session: Session, model: ModelGraph): Promise<HostTensors> {
  return session.get(model.weights.map((w) => w.leaf.name));
}

/** The averaged weights, under the names of the weights. */
export async function averagesOf(session: Session, model: ModelGraph): Promise<HostTensors> {
  const names = model.weights.map((w) => w.leaf.name);
  const found = await session.get(names.map((name) => `ema/${name}`));
  return Object.fromEntries(names.map((name): [string, HostTensor] => [name, found[`ema/${name}`]]));
}
