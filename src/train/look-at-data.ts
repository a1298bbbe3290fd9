/** Checks the files that the recipes of a spec name, by the names of data files, and reports problems that training would find. */
import { counted } from '../compiler/diagnostics/counted';
import { diagnose, WeftError, type Diagnostic } from '../compiler/diagnostics/diagnostic';
import { limited } from '../compiler/diagnostics/limit';
import type { Spec } from '../compiler/compile';
import type { ModelGraph } from '../compiler/lower/model';
import type { DataSource, TextSettings, TrainRecipe } from '../compiler/recipe/index';
import { pairedFolders } from '../compiler/lower/givens/paired';
import type { Study } from '../compiler/sections/study';
import type { Span } from '../compiler/source';
import { captionFiles, isCaptionName, withoutCaption } from '../data/folder/captions';
import { checkNoParts, classesOf } from '../data/folder/classes';
import { isPictureName } from '../data/folder/file-kind';
import { folderNotes, missingCaptions } from '../data/folder/notes';
import { sortFiles } from '../data/folder/sort-files';
import { listFolder } from '../data/folder/walk';
import { emojiClasses } from '../data/sources/emoji';
import { checkFolder } from '../data/sources/folder';
import { checkParquet } from '../data/sources/parquet';
import { checkTar } from '../data/sources/tar';
import { partnersOf, unusedNote } from '../data/sources/paired';
import { openWeightsOf } from '../run/load-weights';
import { readConditions, type WrittenConditions } from '../sample/given';
import type { OpenedSpec } from '../spec/open';
import { textInputOf } from '../text/conditions';
import { checkEncoder } from '../text/encoder';
import { memoryNotes } from './look-at-memory';
import { checkTeacher } from './open-teacher';
import { encodersOf } from '../compiler/programs/givens';
import { canKeep } from '../compiler/programs/kept-model';
import { checkStart } from './start-from';
import { checkFrozenWeights, frozenParts } from './start-frozen';

type FolderSource = Extract<DataSource, { readonly kind: 'folder' | 'latents' }>;

/** The spec with warnings about its data and about the weights and conditions it names; models with errors are skipped. */
export async function withDataLookedAt({ spec }: OpenedSpec): Promise<Spec> {
  const found: Diagnostic[] = [];
  const looks = new Looks();
  const modelOf = modelsIn(spec);
  for (const recipe of spec.recipes) {
    const model = modelOf(recipe.model);
    if (!model) continue;
    const place = (setting: string): Span | null => spec.place('train', recipe.name, setting);
    const look = { recipe, model, place, looks };
    found.push(...(await dataNotes(look)), ...(await fileNotes(spec, look)));
  }
  found.push(...(await memoryNotes(spec, (recipe) => modelOf(recipe.model))));
  for (const { name, model: of, guidance, given = {} } of spec.samples) {
    const model = modelOf(of);
    if (!model) continue;
    const place = (setting: string): Span | null => spec.place('sample', name, setting);
    const weak = guidance?.weak;
    if (weak !== undefined)
      found.push(...(await looks.at(place('guidance.weights'), ['weak', of, weak], () => checkFit(model, weak))));
    for (const [input, values] of Object.entries(given)) {
      const read = (): Promise<void> => checkReadable(model, { [input]: values });
      found.push(...(await looks.at(place(`given ${input}`), ['given', of, input, values], read)));
    }
  }
  return { ...spec, diagnostics: [...spec.diagnostics, ...limited(found)] };
}

/** Gives the models of a spec by name, and of its studies the first case that can be built; each is built once: a file may have thousands of sections for one model. */
function modelsIn(spec: Spec): (name: string) => ModelGraph | null {
  const built = new Map<string, ModelGraph | null>();
  const models = new Set(spec.models);
  const studies = new Map(spec.studies.toReversed().map((study) => [study.name, study]));
  const modelOf = (name: string): ModelGraph | null => {
    const study = models.has(name) ? undefined : studies.get(name);
    return study ? firstOf(study) : spec.elaborate(name).model;
  };
  return (name) => {
    const model = built.has(name) ? (built.get(name) ?? null) : modelOf(name);
    built.set(name, model);
    return model;
  };
}

/** The first case of a study that can be built. */
function firstOf(study: Study): ModelGraph | null {
  for (const c of study.cases) {
    const { model } = c.elaborate();
    if (model) return model;
  }
  return null;
}

interface RecipeLook {
  readonly recipe: TrainRecipe;
  readonly model: ModelGraph;
  readonly place: (setting: string) => Span | null;
  readonly looks: Looks;
}

/** What looking at files has shown: those that several sections name are looked at once. */
class Looks {
  private readonly known = new Map<string, Promise<readonly string[] | WeftError>>();

  /** Notes on the files that the setting at `place` names. Equal `facts` have equal notes: they hold all that `look` depends on. */
  async at(
    place: Span | null,
    facts: readonly unknown[],
    look: () => Promise<readonly string[] | void>,
  ): Promise<Diagnostic[]> {
    if (!place) return [];
    const key = JSON.stringify(facts);
    const looked = this.known.get(key) ?? notesOrRefusal(look);
    this.known.set(key, looked);
    const found = await looked;
    if (!(found instanceof WeftError)) return found.map((note) => diagnose('data-told', place, { note }));
    return [diagnose('data-refused', place, { problem: found.message, hint: found.hint ?? '' })];
  }
}

async function notesOrRefusal(look: () => Promise<readonly string[] | void>): Promise<readonly string[] | WeftError> {
  try {
    return (await look()) ?? [];
  } catch (error) {
    if (error instanceof WeftError) return error;
    throw error;
  }
}

/** Notes on files of weights that a recipe names: those it starts from, of its text encoder, of its teacher. */
async function fileNotes(spec: Spec, { recipe, model, place, looks }: RecipeLook): Promise<Diagnostic[]> {
  const { from, text, align, model: of } = recipe;
  const found: Diagnostic[] = [];
  if (from !== undefined)
    found.push(...(await looks.at(place('from'), ['from', of, from], () => checkStart(model, { from }))));
  for (const part of canBuild(recipe) ? frozenParts(recipe) : []) {
    const at = place(`${part.setting}.weights`) ?? place(part.setting);
    found.push(...(await looks.at(at, ['frozen', part], () => checkFrozenWeights(part))));
  }
  for (const { from, condition } of pairedFolders(recipe.given).values()) {
    if (from.kind !== 'values') continue;
    const read = (): Promise<void> => checkReadable(model, { [condition]: { values: [from.path] } });
    found.push(...(await looks.at(place(`given ${condition}`), ['values', of, condition, from.path], read)));
  }
  const textPlace = place('text.weights') ?? place('text');
  if (text) found.push(...(await looks.at(textPlace, ['texts', of, text], () => checkTexts(model, text))));
  if (!align) return found;
  const { teacher } = align;
  const at = place(typeof teacher === 'string' ? 'align.teacher' : 'align.weights') ?? place('align');
  const encoder = (): ModelGraph | null =>
    typeof teacher === 'string' ? null : spec.elaborate(teacher.model, teacher.set).model;
  return [...found, ...(await looks.at(at, ['teacher', align], () => checkTeacher(align, encoder())))];
}

/** Whether the frozen models of a recipe have no errors, which are reported elsewhere. */
function canBuild({ teacher, given }: TrainRecipe): boolean {
  const models = [...(teacher ? [teacher] : []), ...encodersOf(given).map((e) => e.frozen)];
  return models.every(({ model }) => canKeep(model));
}

async function checkTexts(model: ModelGraph, text: TextSettings): Promise<void> {
  const input = textInputOf(model, text);
  if (input) await checkEncoder(text, input);
}

/** Refuses conditions that cannot be read or do not fit. */
async function checkReadable(model: ModelGraph, given: WrittenConditions): Promise<void> {
  await readConditions(model, given);
}

/** Refuses a file whose weights do not belong to a model. */
async function checkFit(model: ModelGraph, path: string): Promise<void> {
  await (await openWeightsOf(model, path, { tell: () => {} })).close();
}

async function dataNotes({ recipe, model, place, looks }: RecipeLook): Promise<Diagnostic[]> {
  const { data } = recipe;
  // Notes on a folder depend on whether it is to have captions.
  const facts = ['data', recipe.model, data, recipe.text !== undefined];
  if (data.kind === 'emoji')
    return looks.at(place('data.groups') ?? place('data'), facts, async () => {
      const classes = await emojiClasses(data.styles, data.groups, data.holdOut);
      return classes ? countNotes(classes, model) : [];
    });
  if (data.kind === 'tar') return looks.at(place('data.path') ?? place('data'), facts, () => checkTar(data.path));
  if (data.kind === 'parquet') return looks.at(place('data.path') ?? place('data'), facts, () => checkParquet(data));
  if (data.kind !== 'folder' && data.kind !== 'latents') return [];
  const found = await looks.at(place('data'), facts, () => notesOf(data, recipe, model));
  if (found.some((d) => d.code === 'data-refused')) return found;
  for (const { from, condition } of data.kind === 'folder' ? pairedFolders(recipe.given).values() : []) {
    if (from.kind === 'values') continue;
    const at = place(`given ${condition}`) ?? place('data');
    const pair = [data.path, condition, from.path] as const;
    found.push(...(await looks.at(at, ['pair', ...pair], () => pairNotes(...pair))));
  }
  return found;
}

async function notesOf({ kind, path }: FolderSource, recipe: TrainRecipe, model: ModelGraph): Promise<string[]> {
  const isPictures = kind === 'folder';
  await checkFolder(path, isPictures ? 'pictures' : 'latents');
  const listing = await listFolder(path);
  checkNoParts(path, listing.folders, listing.files, kind);
  const { taken, others } = isPictures ? await pictureFiles(path, listing.files) : latentFiles(listing.files);
  if (taken.length === 0) {
    const what = isPictures ? 'pictures' : 'latents';
    throw new WeftError(`The folder ${path} holds no ${what}.`, 'Put some into it, one subfolder per class.');
  }
  const captions = recipe.text !== undefined;
  const files = captionFiles(listing.files);
  const missing = captions && files.tables.length === 0 ? withoutCaption(taken, files) : [];
  const classes = isPictures ? classesOf(path, listing.folders, taken) : null;
  return [
    ...folderNotes(listing, others, captions),
    ...missingCaptions(missing, taken.length),
    ...(classes ? classNotes(classes, taken, model) : []),
  ];
}

/** Notes on the pairing of the pictures of two folders, judged by their names. */
async function pairNotes(folder: string, input: string, path: string): Promise<string[]> {
  const { taken } = await pictureFiles(folder, (await listFolder(folder)).files);
  return unusedNote((await partnersOf(path, { input, folder, pictures: taken })).unused);
}

/** If more files than this have names without a known ending, they are not opened here. */
const mostUnknown = 1000;

interface Taken {
  readonly taken: readonly string[];
  readonly others: readonly string[];
}

async function pictureFiles(folder: string, files: readonly string[]): Promise<Taken> {
  const unknown = files.filter((name) => !isPictureName(name) && !isCaptionName(name));
  if (unknown.length > mostUnknown) return { taken: files.filter(isPictureName), others: unknown };
  const { pictures, others } = await sortFiles(folder, files);
  return { taken: pictures, others };
}

export function latentFiles(files: readonly string[]): Taken {
  const isLatents = (name: string): boolean => /\.(npy|safetensors)$/i.test(name);
  return { taken: files.filter(isLatents), others: files.filter((name) => !isLatents(name) && !isCaptionName(name)) };
}

/** Notes on classes without pictures, and on a number of classes that differs from the model's. */
function classNotes(classes: readonly string[], pictures: readonly string[], model: ModelGraph): string[] {
  const shown = new Set(pictures.map((name) => name.slice(0, Math.max(0, name.indexOf('/')))));
  const empty = classes.length > 1 ? classes.filter((name) => !shown.has(name)) : [];
  return [
    ...empty.map((name) => `Class ${name} has no picture of a kind that is read.`),
    ...unequal(classes, pictures),
    ...countNotes(classes, model),
  ];
}

function countNotes(classes: readonly string[], model: ModelGraph): string[] {
  const label = model.inputs.find((i) => i.kind === 'class');
  const known = label?.kind === 'class' ? label.classes : classes.length;
  if (known === classes.length) return [];
  return [`The data have ${counted(classes.length, 'class', 'classes')}, but ${model.name} knows ${known}.`];
}

/** The largest class may have this many times the pictures of the smallest. */
const mostUnequal = 10;

/** A note if classes differ much in size: they are learnt very differently but drawn equally often. */
function unequal(classes: readonly string[], pictures: readonly string[]): string[] {
  const counts = classes
    .map((name) => ({ name, count: pictures.filter((p) => p.startsWith(`${name}/`)).length }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.count - b.count);
  const [least, most] = [counts[0], counts[counts.length - 1]];
  if (!least || most.count < mostUnequal * least.count) return [];
  return [
    `Classes differ in size: ${counted(most.count, 'picture')} of ${most.name}, ${least.count} of ${least.name}.`,
  ];
}
