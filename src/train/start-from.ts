/** Starts a run from trained weights: those that fit are taken, the others keep their initial values. */
import { counted } from '../compiler/diagnostics/counted';
import type { HostTensor, Session } from '../backends/session';
import { drawName, isCopy, variablesOf, type Program } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { asTrained } from '../compiler/programs/trained';
import { grouped } from '../data/check-weights';
import { someNames } from '../data/leftovers';
import { openFitting, type FittingWeights } from '../run/load-weights';
import { movedRows, withMovedRows, type MovedRows, type RowNames } from './moved-rows';
import { namesInFile, withStart } from './start-source';

/** Bytes of weights that are set at a time. */
const partBytes = 512e6;

export interface StartOptions {
  /** The train step of the session. */
  readonly program: Program;
  /** The names of class and word numbers in the data of this run. */
  readonly names: RowNames;
  readonly tell: (line: string) => void;
}

/**
 * Gives the session's weights, and their averages, the values of the recipe's `from`. `tell` is told which were taken and which
 * were not; frozen weights that are drawn from the seed are reported too.
 */
export async function startFrom(
  session: Session,
  model: ModelGraph,
  recipe: TrainRecipe,
  { program, names, tell }: StartOptions,
): Promise<void> {
  const trained = new Set(asTrained(model, recipe).trained.map((w) => w.leaf.name));
  const frozen = model.weights.map((w) => w.leaf.name).filter((name) => !trained.has(name));
  const { from } = recipe;
  if (from === undefined) return tellDrawn(frozen, tell);
  const warn = (message: string): void => tell(`warning: ${message}`);
  await withStart({ from, model, warn }, async ({ path, shown, names: known }) => {
    const source = await openFitting(model, path, tell);
    try {
      tellTaken(shown, model, source, tell);
      const held = new Set(source.taken);
      const { tables, notes } = movedRows(model, held, known ?? namesInFile(source.metadata), names);
      notes.forEach(tell);
      await setAll(session, source, { tables, copies: copiesOf(program) });
      tellDrawn(
        frozen.filter((name) => !held.has(name)),
        tell,
      );
    } finally {
      await source.close();
    }
  });
}

/** Refuses weights that no run can start from, before images are prepared. */
export async function checkStart(
  model: ModelGraph,
  { from, ...choice }: Pick<TrainRecipe, 'from' | 'train' | 'freeze' | 'adapt'>,
): Promise<void> {
  asTrained(model, choice);
  if (from === undefined) return;
  await withStart({ from, model, warn: () => {} }, async ({ path }) =>
    (await openFitting(model, path, () => {})).close(),
  );
}

interface Taking {
  /** See `MovedRows`. */
  readonly tables: MovedRows['tables'];
  /** By the name of a weight: other variables that start from it, such as its average. */
  readonly copies: ReadonlyMap<string, readonly string[]>;
}

async function setAll(session: Session, source: FittingWeights, { tables, copies }: Taking): Promise<void> {
  let part: { [name: string]: HostTensor } = {};
  let bytes = 0;
  for (const [i, name] of source.taken.entries()) {
    const read = await source.read(name);
    const rows = tables.get(name);
    const data = rows ? withMovedRows(read, await drawnOf(session, name), rows) : read;
    const tensor: HostTensor = { shape: source.shapeOf(name), dtype: 'f32', data };
    part[name] = tensor;
    for (const copy of copies.get(name) ?? []) part[copy] = tensor;
    bytes += data.byteLength;
    if (bytes < partBytes && i + 1 < source.taken.length) continue;
    await session.set(part);
    [part, bytes] = [{}, 0];
  }
}

function copiesOf(program: Program): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const v of variablesOf(program).filter(isCopy)) {
    const name = drawName(v);
    found.set(name, [...(found.get(name) ?? []), v.leaf.name]);
  }
  return found;
}

/** The values that were drawn for a weight. */
async function drawnOf(session: Session, name: string): Promise<Float32Array> {
  const { [name]: drawn } = await session.get([name]);
  return Float32Array.from(drawn.data);
}

function tellTaken(
  path: string,
  model: ModelGraph,
  { taken, anew, unused }: FittingWeights,
  tell: (line: string) => void,
): void {
  tell(`Starting from ${path}: ${taken.length} of ${counted(model.weights.length, 'weight')}.`);
  for (const line of grouped(anew, ({ name, shape, why }) => `  drawn anew: ${name} [${shape.join(', ')}], ${why}`))
    tell(line);
  if (unused.length > 0)
    tell(`  not taken: ${counted(unused.length, 'tensor')} the model has no place for: ${someNames(unused)}`);
}

function tellDrawn(frozen: readonly string[], tell: (line: string) => void): void {
  if (frozen.length === 0) return;
  const names = someNames(frozen.map((name) => ({ name, shape: [] })));
  tell(`warning: frozen, and drawn from the seed: ${names}. They stay as they were drawn.`);
}
