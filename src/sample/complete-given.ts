/** Conditions for drawing: those that are given, and those that a recipe makes from them and from an image. */
import type { HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { pairedFolders } from '../compiler/lower/givens/paired';
import { givenExpression } from '../compiler/lower/givens/parse';
import { noisyImageOf } from '../compiler/lower/conventions';
import type { ImageInput, ModelGraph } from '../compiler/lower/model';
import { encodersOf, sourcesOf, type MadeFrom } from '../compiler/programs/givens';
import type { TrainRecipe } from '../compiler/recipe/index';
import { madeConditions, type MadeOf } from '../train/made-conditions';
import { conditionRows, readConditions, type WrittenConditions } from './given';
import { ownValue } from '../compiler/own-value';

/** The name of the image that conditions are made from. */
const imageName = 'image';

/** Separates an image that is given by hand from the conditions. */
export function apartImage({ [imageName]: image, ...conditions }: WrittenConditions): {
  readonly image: WrittenConditions[string] | undefined;
  readonly conditions: WrittenConditions;
} {
  return { image, conditions };
}

/** The clean images that conditions are made from, one row for each that is given. */
export async function readImage(
  model: ModelGraph,
  { values }: WrittenConditions[string],
  made: TrainRecipe['given'] = {},
  tell: (note: string) => void,
): Promise<HostTensor> {
  const image = sampledImage(model);
  if (![...sourcesOf(model, made).values()].some((from) => from.image))
    throw new WeftError(
      `No recipe is known that makes a condition of ${model.name} of an image.`,
      'Leave --given image=… out.',
      2,
    );
  // Read like a condition of the image's shape.
  const condition = { ...image, name: imageName };
  const { [imageName]: read } = await readConditions({ ...model, inputs: [condition] }, { image: { values } }, tell);
  return read;
}

/** Rows for `count` images: the given conditions, and those that the recipe makes from them. Conditions that were made, or could have been, are reported. */
export async function completeGiven(
  model: ModelGraph,
  byHand: HostTensors,
  image: HostTensor | undefined,
  how: Omit<MadeOf, 'batch' | 'sampled' | 'wanted'> & { readonly count: number; readonly tell: (note: string) => void },
): Promise<HostTensors> {
  const { given: made = {}, count, tell } = how;
  const given = { ...(await rowsForAll(model, made, byHand, tell)), ...byHand };
  const sources = sourcesOf(model, made);
  for (const [name, { conditions }] of sources)
    if (ownValue(given, name) && conditions.some((c) => c !== name))
      tell(`${name} is taken as it is given; the recipe makes it: ${givenExpression(made[name])}`);
  const wanted = makeable(sources, Object.keys(given), image !== undefined);
  const own = conditionRows(given, count);
  if (image && !wanted.some((name) => sources.get(name)?.image))
    throw new WeftError(
      'All that is made of the image is given by hand.',
      'Leave --given image=… out, or what is given in place of what the recipe makes.',
      2,
    );
  if (!image) requireImage(model, sources, Object.keys(given), made);
  if (wanted.length === 0) return own;
  for (const name of wanted) tell(`${name}: made as the recipe says, ${givenExpression(made[name])}`);
  const { shape } = sampledImage(model).value;
  const sizes = shape.slice(1).map(Number);
  const blank = { shape: [1, ...sizes], dtype: 'f32' as const, data: new Float32Array(sizes.reduce((a, b) => a * b)) };
  const { x0 } = conditionRows({ x0: image ?? blank }, count);
  return madeConditions(model, { x0, ...own }, { ...how, wanted, batch: Math.min(64, count) });
}

/** The conditions that a recipe reads from a file with one row for all images. */
async function rowsForAll(
  model: ModelGraph,
  made: NonNullable<TrainRecipe['given']>,
  byHand: HostTensors,
  tell: (note: string) => void,
): Promise<HostTensors> {
  const found: [name: string, rows: HostTensor][] = [];
  for (const { from, condition } of pairedFolders(made).values()) {
    if (from.kind !== 'values' || ownValue(byHand, condition)) continue;
    const { [condition]: rows } = await readConditions(model, { [condition]: { values: [from.path] } });
    if (rows.shape[0] !== 1) continue;
    tell(`${condition}: as the recipe gives it to all images, ${made[condition]}`);
    found.push([condition, rows]);
  }
  return Object.fromEntries(found);
}

/** The conditions that can be made: from the image if there is one, and from conditions that exist; random ones only beside an image. */
function makeable(sources: ReadonlyMap<string, MadeFrom>, given: readonly string[], hasImage: boolean): string[] {
  const made: string[] = [];
  for (const [name, { image, conditions }] of sources) {
    const isThere = conditions.every((c) => given.includes(c) || made.includes(c));
    const isMade = hasImage || (!image && conditions.length > 0);
    if (!given.includes(name) && !conditions.includes(name) && isThere && isMade) made.push(name);
  }
  return made;
}

/** Reports a missing condition, and how it would be made from an image. */
function requireImage(
  model: ModelGraph,
  sources: ReadonlyMap<string, MadeFrom>,
  given: readonly string[],
  made: NonNullable<TrainRecipe['given']>,
): void {
  const encoder = encodersOf(made).find(({ input }) => !given.includes(input));
  if (encoder && sources.get(encoder.input)?.conditions.includes(encoder.input))
    throw new WeftError(
      `${model.name} is conditioned on \`${encoder.input}\`, which is not given.`,
      `Add --given ${encoder.input}=picture.png, which is encoded as the recipe does it.`,
      2,
    );
  const missing = makeable(sources, given, true).find((name) => sources.get(name)?.image);
  if (missing === undefined) return;
  throw new WeftError(
    `${model.name} is conditioned on \`${missing}\`, which is not given.`,
    `Add --given image=picture.png, of which the recipe makes it (${givenExpression(made[missing])}); or --given ${missing}=….`,
    2,
  );
}

/** The noisy image of a model, which sampling starts from; refuses a model without one. */
export function sampledImage(model: ModelGraph): ImageInput {
  const image = noisyImageOf(model);
  if (image) return image;
  throw new WeftError(`${model.name} has no image input to sample.`);
}
