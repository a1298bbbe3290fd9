/** Opens spec files from disk: the requested file, its imports, and the shipped `std/…` files. */
// Tested by test/spec/paths.test.ts.
import { accessSync, constants, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { checkFile } from '../compiler/compile';
import type { Spec } from '../compiler/compile';
import { WeftError, type Diagnostic } from '../compiler/diagnostics/diagnostic';
import { kindOf, requirePath } from '../compiler/diagnostics/require-kind';
import { renderText } from '../compiler/diagnostics/render';
import { suggest } from '../compiler/diagnostics/suggest';
import { isStatic } from '../compiler/ir/dims';
import { noisyImageOf } from '../compiler/lower/conventions';
import type { ModelGraph } from '../compiler/lower/model';
import type { OpenSize } from '../compiler/lower/open-size';
import type { ExportSettings, SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import type { GivenSettings } from '../compiler/sections/keys';
import type { Study } from '../compiler/sections/study';
import { withAbsolutePaths } from './paths';
import { specsFolder } from './shipped';
import { SpecError } from './spec-error';
import { fileErrorAtOnce } from '../files/file-error';
import { checkRegular } from '../files/regular-file';

/** A checked file, and the text of every file that was read for it, by the path it was read under. */
export interface OpenedSpec {
  readonly spec: Spec;
  readonly files: ReadonlyMap<string, string>;
}

export interface OpenOptions {
  /** Also elaborate every model of the file, to check all shapes; off by default. */
  readonly elaborateModels?: boolean;
  /** The folder with `std/`; the shipped one by default. A run's own copy keeps its meaning when the shipped files change. */
  readonly shipped?: string;
  /** Hyper-parameters and settings to check it with, as written; models are elaborated with their own among these. */
  readonly set?: GivenSettings;
  /** Text to check instead of the file's, which then need not exist; imports are still read from its folder. */
  readonly text?: string;
}

/** Reads and checks a file. Errors inside it are in the spec's diagnostics; a file that cannot be read throws an error. */
export function openSpec(path: string, options: OpenOptions = {}): OpenedSpec {
  requirePath(path);
  if (options.text === undefined) requireFile(path);
  else if (typeof options.text !== 'string')
    throw new WeftError(`The text of a spec was expected, not ${kindOf(options.text)}.`, null, 2);
  const shipped = options.shipped ?? specsFolder;
  const files = new Map<string, string>();
  const read = (wanted: string): string | null => {
    const given = wanted === path ? options.text : undefined;
    const isShipped = wanted.startsWith('std/') && wanted !== path;
    const text = given ?? readText(isShipped ? join(shipped, `${wanted}.weft`) : wanted);
    if (text !== null) files.set(wanted, text);
    return text;
  };
  const spec = checkFile(path, read, {
    elaborateModels: options.elaborateModels ?? false,
    set: options.set,
    shipped: shippedNames(shipped),
  });
  return { spec: withAbsolutePaths(spec), files };
}

/** Throws if the spec has errors. */
export function requireSound(spec: Spec): void {
  const errors = spec.diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new SpecError(errors);
}

/** Throws if a recipe of a spec, as it stands or as it was changed by hand, has errors with the model that it trains; gives the warnings. */
export function requireFit(spec: Spec, recipe: TrainRecipe, model: ModelGraph): readonly Diagnostic[] {
  const problems = spec.problems(recipe, model);
  const errors = problems.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new SpecError(errors);
  return problems;
}

/** One model of a spec without errors, with hyper-parameters as written on the command line. */
export function elaborateModel(
  spec: Spec,
  name: string,
  overrides: { readonly [name: string]: string } = {},
): ModelGraph {
  requireSound(spec);
  const { model, diagnostics } = spec.elaborate(name, overrides);
  if (!model) throw new SpecError(diagnostics.filter((d) => d.severity === 'error'));
  return model;
}

/** The model that a recipe of a spec without errors aligns with; null if that is a file, or if there is none. */
export function elaborateTeacher(spec: Spec, { align }: TrainRecipe): ModelGraph | null {
  if (!align || typeof align.teacher === 'string') return null;
  return elaborateModel(spec, align.teacher.model, align.teacher.set);
}

/** A model for images of any size, and its versions for fixed sizes. */
export interface OpenModel {
  /** Height and width of the image are the symbols of `openSize`. */
  readonly model: ModelGraph & { readonly openSize: OpenSize };
  /** The same model at one size, in pixels. */
  readonly at: (height: number, width: number) => ModelGraph;
}

/** One model of a spec without errors, with its image size left open; throws with the reason if that is not possible. */
export function elaborateOpen(
  spec: Spec,
  name: string,
  overrides: { readonly [name: string]: string } = {},
): OpenModel {
  const { model, diagnostics } = spec.elaborate(name, overrides, { openSize: true });
  const fixed = 'Export once for each size instead, for instance with --set size=512x512 and --dynamic batch.';
  if (!model) {
    const errors = renderText(diagnostics.filter((d) => d.severity === 'error')).trimEnd();
    throw new WeftError(`The image size of ${name} cannot be left open.\n${errors}`, fixed);
  }
  const { openSize } = model;
  const image = noisyImageOf(model);
  if (!openSize || !image || isStatic(image.value.shape.slice(-2))) {
    const message = `The image size of ${name} cannot be left open: no hyper-parameter of type Size gives the size of its image.`;
    throw new WeftError(message, 'Declare `size: Size = 256x256` among them, and the input as `image(size)`.');
  }
  return {
    model: { ...model, openSize },
    at: (height, width) => elaborateModel(spec, name, { ...overrides, [openSize.parameter]: `${height}x${width}` }),
  };
}

/** The study with this name, as in a recipe or a run; null if the name is that of a model. */
export function studyNamed(spec: Spec, name: string): Study | null {
  return spec.models.includes(name) ? null : (spec.studies.find((s) => s.name === name) ?? null);
}

/** One case of a study of a spec without errors. */
export function elaborateCase(
  spec: Spec,
  study: string,
  name: string,
  overrides: { readonly [name: string]: string } = {},
): ModelGraph {
  requireSound(spec);
  const found = studyNamed(spec, study)?.cases.find((c) => c.name === name);
  if (!found) throw new WeftError(`${spec.path} has no case "${name}" of ${study}.`);
  const { model, diagnostics } = found.elaborate(overrides);
  if (!model) throw new SpecError(diagnostics.filter((d) => d.severity === 'error'));
  return model;
}

/** The model for a name: the model of that name, that of a recipe, or without a name the first of the file. */
export function modelNamed(spec: Spec, name: string | null): string {
  requireSound(spec);
  const sections = [...spec.recipes, ...spec.samples, ...spec.exports];
  if (name === null) {
    const first = spec.models[0] ?? sections[0]?.model;
    if (first) return first;
    throw new WeftError(
      `${spec.path} declares no model.`,
      'Name a file with a `model`, or one that imports one and trains it.',
    );
  }
  if (spec.models.includes(name)) return name;
  const section = sections.find((s) => s.name === name || s.model === name);
  if (section) return section.model;
  throw unknownName(spec, name, 'model', spec.models);
}

/** The recipe for a name: the recipe of that name, or the one that trains the model of that name; without a name, the only one. */
export function recipeNamed(spec: Spec, name: string | null): TrainRecipe {
  requireSound(spec);
  const { recipes, path } = spec;
  if (recipes.length === 0) {
    throw new WeftError(
      `${path} says nothing about training.`,
      `Add a section \`train name of ${spec.models[0] ?? 'Model'} { … }\`; specs/examples has some.`,
    );
  }
  const own = recipes.find((r) => r.name === name);
  if (own) return own;
  const candidates = name === null ? recipes : recipes.filter((r) => r.model === name);
  if (candidates.length === 1) return candidates[0];
  if (candidates.length === 0 && name !== null)
    throw unknownName(
      spec,
      name,
      'recipe',
      recipes.map((r) => r.name),
    );
  const names = candidates.map((r) => `${path}#${r.name}`);
  throw new WeftError(
    `${path} has ${names.length} recipes${name ? ` for ${name}` : ''}.`,
    `Choose one: ${names.join(', ')}.`,
    2,
  );
}

/** A section, by name or the first one of a model, and the hyper-parameters of the model that are set by hand. */
export interface SectionOf {
  readonly model: string;
  readonly name?: string | null;
  readonly set?: { readonly [name: string]: string };
}

/** The sample section for a model; null if the spec has none. */
export function sampleSettingsFor(spec: Spec, { model, name, set = {} }: SectionOf): SampleSettings | null {
  const found = sectionFor(spec.samples, { model, name });
  return found && Object.keys(set).length > 0 ? again(found, spec.sampleFor(found, set)) : found;
}

/** The export section for a model; null if the spec has none. */
export function exportSettingsFor(spec: Spec, { model, name, set = {} }: SectionOf): ExportSettings | null {
  const found = sectionFor(spec.exports, { model, name });
  return found && Object.keys(set).length > 0 ? again(found, spec.exportFor(found, set)) : found;
}

function sectionFor<T extends { readonly name: string; readonly model: string }>(
  sections: readonly T[],
  { model, name }: SectionOf,
): T | null {
  return sections.find((s) => s.name === name) ?? sections.find((s) => s.model === model) ?? null;
}

function again<T>(found: T, read: { readonly settings: T | null; readonly diagnostics: readonly Diagnostic[] }): T {
  const errors = read.diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new SpecError(errors);
  return read.settings ?? found;
}

function unknownName(spec: Spec, name: string, what: string, known: readonly string[]): WeftError {
  const near = suggest(name, known);
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : known.length > 0
        ? `It has ${known.join(', ')}.`
        : `It declares none.`;
  return new WeftError(`${spec.path} has no ${what} called ${name}.`, hint);
}

function requireFile(path: string): void {
  try {
    requireReadable(path);
  } catch (error) {
    throw fileErrorAtOnce(error, 'read', path);
  }
}

function requireReadable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory())
    throw new WeftError(`${path} is a folder; a spec file was expected.`, 'Name a .weft file in it.');
  if (found) {
    checkRegular(path, found);
    return accessSync(path, constants.R_OK);
  }
  const folder = dirname(path);
  const beside = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  const specs = beside.filter((n) => n.endsWith('.weft'));
  const near = suggest(basename(path), specs);
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((n) => join(folder, n)).join(' or ')}?`
      : specs.length > 0
        ? `That folder has ${specs.join(', ')}.`
        : 'Check the path.';
  throw new WeftError(`${path} does not exist.`, hint);
}

function readText(path: string): string | null {
  try {
    // Reading a pipe would block.
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : null;
  } catch {
    return null;
  }
}

/** `std/nn`, `std/dit` …: for suggestions. */
function shippedNames(folder: string): string[] {
  const std = join(folder, 'std');
  if (!existsSync(std)) return [];
  return readdirSync(std).flatMap((name) => (name.endsWith('.weft') ? [`std/${name.slice(0, -'.weft'.length)}`] : []));
}
