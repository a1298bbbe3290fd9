/** Starts a run from weights that were trained before: what fits is taken, the rest keeps the values drawn for it. */
import { counted } from '../compiler/diagnostics/counted';
import { existsSync } from 'node:fs';
import type { HostTensor, Session } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/lower/recipe';
import { trainedWeights } from '../compiler/programs/freeze';
import { grouped } from '../data/check-weights';
import { someNames } from '../data/leftovers';
import { openFitting, type FittingWeights } from '../run/load-weights';
import { runPaths } from './run-folder';

/** Bytes of weights that are set at once. */
const partBytes = 512e6;

/**
 * Gives the session's weights, and their averages, what the recipe's `from` has for them. `tell` hears what was taken and what
 * was not; frozen weights that are drawn from the seed are told too.
 */
export async function startFrom(
  session: Session,
  model: ModelGraph,
  recipe: TrainRecipe,
  tell: (line: string) => void,
): Promise<void> {
  const trained = new Set(trainedWeights(model, recipe.freeze).map((w) => w.leaf.name));
  const frozen = model.weights.map((w) => w.leaf.name).filter((name) => !trained.has(name));
  if (recipe.from === undefined) return tellDrawn(frozen, tell);
  const path = weightsFile(recipe.from);
  const source = await openFitting(model, path, tell);
  try {
    tellTaken(path, model, source, tell);
    const averaged = (name: string): boolean => recipe.ema !== null && trained.has(name);
    await setAll(session, source, averaged);
    const held = new Set(source.taken);
    tellDrawn(
      frozen.filter((name) => !held.has(name)),
      tell,
    );
  } finally {
    await source.close();
  }
}

/** Refuses what no run can start from, before images are made ready for it. */
export async function checkStart(
  model: ModelGraph,
  { from, freeze }: Pick<TrainRecipe, 'from' | 'freeze'>,
): Promise<void> {
  trainedWeights(model, freeze);
  if (from !== undefined) await (await openFitting(model, weightsFile(from), () => {})).close();
}

/** The file itself, or of a run's folder its averaged weights where it has them. */
function weightsFile(from: string): string {
  const { record, ema, weights } = runPaths(from);
  if (!existsSync(record)) return from;
  const found = [ema, weights].find((file) => existsSync(file));
  if (found) return found;
  throw new WeftError(
    `The run in ${from} has no weights yet, so nothing can start from it.`,
    `Finish it: weft train --resume --out ${from}`,
  );
}

async function setAll(session: Session, source: FittingWeights, averaged: (name: string) => boolean): Promise<void> {
  let part: { [name: string]: HostTensor } = {};
  let bytes = 0;
  for (const [i, name] of source.taken.entries()) {
    const data = await source.read(name);
    const tensor: HostTensor = { shape: source.shapeOf(name), dtype: 'f32', data };
    part[name] = tensor;
    if (averaged(name)) part[`ema/${name}`] = tensor;
    bytes += data.byteLength;
    if (bytes < partBytes && i + 1 < source.taken.length) continue;
    await session.set(part);
    [part, bytes] = [{}, 0];
  }
}

function tellTaken(
  path: string,
  model: ModelGraph,
  { taken, anew, unused }: FittingWeights,
  tell: (line: string) => void,
): void {
  tell(`Starting from ${path}: ${taken.length} of ${model.weights.length} weights.`);
  const why = new Map(anew.map((w) => [w.name, w.why]));
  for (const line of grouped(
    anew,
    ({ name, shape }) => `  drawn anew: ${name} [${shape.join(', ')}], ${why.get(name)!}`,
  ))
    tell(line);
  if (unused.length > 0)
    tell(`  not taken: ${counted(unused.length, 'tensor')} the model has no place for: ${someNames(unused)}`);
}

function tellDrawn(frozen: readonly string[], tell: (line: string) => void): void {
  if (frozen.length === 0) return;
  const names = someNames(frozen.map((name) => ({ name, shape: [] })));
  tell(`warning: frozen, and drawn from the seed: ${names}. They stay as they were drawn.`);
}
