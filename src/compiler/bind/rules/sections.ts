/** Sections, ablations, sweeps and variants name models that exist, and hyper-parameters that these models have. */
// Tested by test/diagnostics/cases.test.ts.
import { isModelLike, matchHyperparameter, matchHyperparameters, unknownModel, visibleModels } from '../models';
import { diagnose } from '../../diagnostics/diagnostic';
import type {
  Entry,
  Expression,
  Identifier,
  MethodDeclaration,
  ModelDeclaration,
  Name,
  Parameter,
  SectionDeclaration,
  VariantDeclaration,
} from '../../syntax/ast';
import { isMethodKind } from '../../syntax/methods';
import { teacherModel } from '../../sections/alignment';
import { encodeCall } from '../../lower/givens/encode-call';
import { frozenModel } from '../../recipe/teacher';
import { splitDecay } from '../../recipe/decay';
import { studySettings } from '../../recipe/study-settings';
import type { LoadedFile, NamedDeclaration, Visible } from '../../link/load';
import { hostParameters } from '../../recipe/declared';
import { bindCall, writtenArguments } from '../bind-call';
import { BodyBinder } from '../bind-body';
import { declaredSignature } from '../signature';
import { NameScope } from '../scope';
import type { World } from '../world';

export function checkSection(world: World, file: LoadedFile, section: SectionDeclaration): void {
  const study = studyOf(file, section);
  const model = !study && section.model ? checkModel(world, file, section.model) : null;
  const binder = new BodyBinder(world, file, null);
  const isWalk = section.section === 'sample' && !study;
  const trained = section.section === 'train' || isWalk ? parametersOf(file, study, model) : [];
  const locals = new NameScope();
  for (const p of trained) locals.bind(p.name.name, 'parameter', p.span);
  for (const e of modelValues(section)) binder.expression(e, locals);
  if (section.section === 'train' && model) checkStudySettings(world, section, model);
  for (const entry of section.entries) checkEntry(world, file, entry, { model, trained });
  if (section.section === 'ablation') checkShared(world, file, section);
  if (section.section !== 'sweep' || !model) return;
  for (const e of section.entries)
    if (e.kind === 'setting') matchHyperparameter(world.names, model, e.path[0]).forEach((d) => world.report(d));
}

/** The settings of an ablation are hyper-parameters of the models of all its cases. */
function checkShared(world: World, file: LoadedFile, ablation: SectionDeclaration): void {
  const bases = basesOf(file, ablation);
  for (const e of ablation.entries) {
    if (e.kind !== 'setting') continue;
    const wrong = bases.flatMap((base) => matchHyperparameter(world.names, base, e.path[0]));
    // One word for all models that lack it.
    if (wrong.length > 0) world.report(wrong[0]);
  }
}

/** The values that ablations, sweeps and teachers give to hyper-parameters. */
function modelValues({ section, entries }: Pick<SectionDeclaration, 'section' | 'entries'>): Expression[] {
  return entries.flatMap((e): Expression[] => {
    if (e.kind === 'axis') return [e.values];
    if (e.kind === 'case') return argumentsOf(e.value);
    if (e.kind === 'phase') return modelValues({ section, entries: e.entries });
    const model = modelIn(e);
    if (model) return argumentsOf(model);
    if (e.kind !== 'setting') return [];
    return section === 'ablation' || section === 'sweep' ? [e.value] : [];
  });
}

/** The model that `align`, `teacher` or a condition's encoder names; null for other entries. */
function modelIn(entry: Entry): Expression | null {
  if (entry.kind === 'given') return encodeCall(entry.value)?.model ?? null;
  if (entry.kind !== 'setting') return null;
  const { path, value } = entry;
  const [{ name }] = path;
  return name === 'align' ? teacherModel(value) : name === 'teacher' ? frozenModel(value) : null;
}

function argumentsOf(call: Expression): Expression[] {
  return call.kind === 'call' ? call.args.map((a) => a.value) : [];
}

/** The study that a train or sample section names in place of a model: its cases are then run one after the other. */
function studyOf(file: LoadedFile, { section, model }: SectionDeclaration): SectionDeclaration | null {
  if (section !== 'train' && section !== 'sample') return null;
  return model && !file.visible.has(model.name) ? (studiesOf(file).get(model.name) ?? null) : null;
}

const studies = new WeakMap<LoadedFile, ReadonlyMap<string, SectionDeclaration>>();

/** The studies of a file by name; if a name is used twice, the first. */
function studiesOf(file: LoadedFile): ReadonlyMap<string, SectionDeclaration> {
  const known = studies.get(file);
  if (known) return known;
  const found = file.file.declarations.flatMap((d): [string, SectionDeclaration][] =>
    d.kind === 'section' && (d.section === 'ablation' || d.section === 'sweep') && d.name ? [[d.name.name, d]] : [],
  );
  const first = new Map(found.reverse());
  studies.set(file, first);
  return first;
}

/** The hyper-parameters of the model that a section trains, or those that all models of its study have. */
function parametersOf(
  file: LoadedFile,
  study: SectionDeclaration | null,
  model: ModelDeclaration | null,
): readonly Parameter[] {
  if (!study) return model?.parameters ?? [];
  const [first, ...others] = basesOf(file, study).map((base) => base.parameters);
  return (first ?? []).filter((p) => others.every((own) => own.some((o) => o.name.name === p.name.name)));
}

/** The models of a study's cases, without those that there are not. */
function basesOf(file: LoadedFile, study: SectionDeclaration): readonly ModelDeclaration[] {
  const names = study.entries.flatMap((e) => {
    if (e.kind !== 'case') return [];
    const callee = e.value.kind === 'call' ? e.value.callee : e.value;
    return callee.kind === 'name' ? [callee.name] : [];
  });
  return [...new Set(study.model ? [study.model.name] : names)].flatMap(
    (name) => baseOf(file, name)?.declaration ?? [],
  );
}

function checkStudySettings(world: World, { entries }: SectionDeclaration, { name }: ModelDeclaration): void {
  for (const e of entries) {
    const setting = e.kind === 'setting' ? e.path[0].name : '';
    if (studySettings.includes(setting)) {
      world.report(diagnose('study-setting', e.span, { setting, model: name.name }));
    }
  }
}

export function checkVariant(world: World, file: LoadedFile, variant: VariantDeclaration): void {
  const base = checkModel(world, file, variant.base);
  // A cycle of variants is reported when one of them is built.
  if (file.visible.get(variant.base.name)?.declaration.kind !== 'variant' && !base) world.incomplete.add(variant);
  if (base) matchHyperparameters(world.names, base, variant.args).diagnostics.forEach((d) => world.report(d));
}

/** The model of a section, and the hyper-parameters that its settings may use. */
interface Trained {
  readonly model: ModelDeclaration | null;
  readonly trained: readonly Parameter[];
}

function checkEntry(world: World, file: LoadedFile, entry: Entry, of: Trained): void {
  const { model, trained } = of;
  if (entry.kind === 'axis' && model) {
    matchHyperparameter(world.names, model, entry.name).forEach((d) => world.report(d));
  } else if (entry.kind === 'case') {
    checkModelCall(world, file, entry.value);
  } else if (modelIn(entry)) {
    const model = modelIn(entry);
    if (model) checkModelCall(world, file, model);
  } else if (entry.kind === 'setting' && isMethodKind(entry.path[0].name)) {
    const method = declaredMethod(file, entry.path[0].name, entry.value);
    if (!method) return;
    const locals = new NameScope();
    for (const p of trained) locals.bind(p.name.name, 'parameter', p.span);
    const { call } = splitDecay(entry.value);
    new BodyBinder(world, file, null).methodCall(call, locals, argumentOfHost(method, call));
  } else if (entry.kind === 'phase') {
    entry.entries.forEach((inner) => checkEntry(world, file, inner, of));
  }
}

/** The argument for the parameter of a method that can be changed when it runs. */
function argumentOfHost({ kind, name, parameters }: MethodDeclaration, call: Expression): Expression | null {
  const host = hostParameters[kind];
  if (host === null || call.kind !== 'call') return null;
  const { given } = bindCall(declaredSignature(name.name, parameters), writtenArguments(call.args), call.span);
  return given.get(host)?.value ?? null;
}

/** The objective, optimiser, solver or guidance, declared in the file or imported, that a setting names; null for a built-in one. */
export function declaredMethod<K extends MethodDeclaration['kind']>(
  { visible }: LoadedFile,
  kind: K,
  value: Expression,
): Extract<MethodDeclaration, { kind: K }> | null {
  const callee = value.kind === 'call' ? value.callee : value;
  const found = callee.kind === 'name' ? visible.get(callee.name)?.declaration : undefined;
  return found && isOfKind(found, kind) ? found : null;
}

function isOfKind<K extends MethodDeclaration['kind']>(
  d: NamedDeclaration,
  kind: K,
): d is Extract<MethodDeclaration, { kind: K }> {
  return d.kind === kind;
}

/** Checks `PixelDiT(compaction: 1:1)`, or a model's name alone. */
function checkModelCall(world: World, file: LoadedFile, value: Expression): void {
  const callee = value.kind === 'call' ? value.callee : value;
  if (callee.kind !== 'name') return;
  const model = checkModel(world, file, callee);
  const args = value.kind === 'call' ? value.args : [];
  const { match, diagnostics } = model ? matchHyperparameters(world.names, model, args) : noModel;
  diagnostics.forEach((d) => world.report(d));
  world.names.settleCall(value, match);
}

/** What a call of an unknown model gives, which is reported at its name. */
const noModel: ReturnType<typeof matchHyperparameters> = {
  match: { given: new Map(), rest: [], extra: [], failed: true },
  diagnostics: [],
};

/** The declaration with a body behind a name; reports and returns null if there is no such model. */
function checkModel(world: World, file: LoadedFile, named: Identifier | Name): ModelDeclaration | null {
  const { name, span } = named;
  world.use(file, name);
  const found = file.visible.get(name);
  if (found) world.names.settle(named, { kind: 'declaration', ...found });
  if (found && isModelLike(found.declaration)) return baseOf(file, name)?.declaration ?? null;
  if (!name || file.unresolved.has(name)) return null;
  world.report(unknownModel({ name, span }, () => visibleModels(file)));
  return null;
}

/** A model with a body, and the file that declares it. */
export type VisibleModel = Visible & { readonly declaration: ModelDeclaration };

const bases = new WeakMap<Visible, VisibleModel | null>();

/**
 * The model with a body behind a name, found by following variants. The result is stored for every variant on the way, since
 * chains of variants may be long.
 */
export function baseOf(file: LoadedFile, name: string): VisibleModel | null {
  const seen = new Set<Visible>();
  let found = file.visible.get(name);
  while (found?.declaration.kind === 'variant' && !bases.has(found) && !seen.has(found)) {
    seen.add(found);
    found = found.file.visible.get(found.declaration.base.name);
  }
  const base = found && isModel(found) ? found : ((found && bases.get(found)) ?? null);
  for (const variant of seen) bases.set(variant, base);
  return base;
}

function isModel(v: Visible): v is VisibleModel {
  return v.declaration.kind === 'model';
}
