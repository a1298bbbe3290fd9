/** `train name of Model { … }`: the training recipe. Settings that matter to the result have no default. */
import { countRange } from '../bind/number-range';
import { sourceOf } from '../bind/signature';
import { diagnose } from '../diagnostics/diagnostic';
import { encodeCall } from '../lower/givens/encode-call';
import { pairedFolder, writtenEncode, writtenPair } from '../lower/givens/paired';
import { encoders } from '../recipe/encoders';
import { Field } from '../recipe/field';
import { namesOf, number } from '../recipe/fields';
import type { ReadMethod } from '../recipe/declared';
import { objectiveField } from '../recipe/objectives';
import { keepsAverages, optimizerField, optimizerName, rate } from '../recipe/optimizers';
import type { Phase, PhaseChanges, TextSettings, TrainRecipe } from '../recipe/index';
import { teacherField, type ReadModel } from '../recipe/teacher';
import { dropField, trainFields, type Drop } from '../recipe/train';
import { ownValue } from '../own-value';
import type { Span } from '../source';
import type { Expression, GivenEntry, Identifier, PhaseEntry, SectionDeclaration, SettingEntry } from '../syntax/ast';
import type { Hyperparameters } from '../recipe/hyperparameters';
import { readAlignment } from './alignment';
import type { GivenSettings } from './keys';
import { sectionName, type SettingReader } from './schema';
import type { WrittenCase } from './study';

const examples = {
  data: 'data = folder("data/images", flip: true)',
  objective: 'objective = rectified_flow(time: logit_normal(0, 1))',
  optimizer: 'optimizer = adamw(rate: 1e-4)',
  batch: 'batch = 256',
  steps: 'steps = 400k',
};

const phaseSettings = ['optimizer.rate', 'clip', 'batch', 'data', 'drop', 'ema', 'precision'];

/** Readers of what a file declares. */
export interface Readers {
  readonly methods: ReadMethod;
  readonly readModel: ReadModel;
  /** The hyper-parameters of a model, or of a case of a study, with some set by hand. */
  readonly hyperparametersOf: (named: string | WrittenCase, set?: GivenSettings) => Hyperparameters;
}

export function readTrain(
  reader: SettingReader,
  s: SectionDeclaration,
  { methods, readModel, hyperparametersOf }: Readers,
): TrainRecipe | null {
  const givens = s.entries.filter((e): e is GivenEntry => e.kind === 'given');
  const names = givens.map((g) => g.name.name);
  const { values, place } = reader.section(
    s,
    {
      ...trainFields,
      objective: objectiveField(methods),
      optimizer: optimizerField(methods),
      teacher: teacherField(readModel),
      drop: dropField(names),
    },
    examples,
  );
  const phases = readPhases(
    reader,
    s.entries.filter((e): e is PhaseEntry => e.kind === 'phase'),
    { givens: names, hyperparameters: () => [...((s.model && hyperparametersOf(s.model.name))?.keys() ?? [])] },
  );
  if (!values || !s.model) return null;
  const { drop, clip, align, ...settings } = values;
  const average = place('ema');
  if (average && settings.ema !== null && keepsAverages({ ...settings, ema: null }))
    reader.report(diagnose('two-averages', average.span, { optimizer: optimizerName(settings.optimizer) }));
  const { batch, accumulate = 1 } = settings;
  if (batch % accumulate !== 0)
    reader.report(diagnose('batch-parts', (place('accumulate') ?? s).span, { batch, accumulate }));
  if (settings.text) checkText(reader, settings.text, (place('text') ?? s).span);
  return {
    name: sectionName(s),
    model: s.model.name,
    ...settings,
    ...(givens.length > 0 && {
      given: Object.fromEntries(givens.map((g) => [g.name.name, givenText(reader, g, readModel)])),
    }),
    ...(align && { align: readAlignment(reader, align, place) }),
    clip: clip && clip.max,
    ...dropsOf(drop, names),
    phases,
  };
}

/** The text that a recipe keeps for a given; a path keeps its spaces. Below that of an encoder are the declarations it uses. */
function givenText(reader: SettingReader, { name, value }: GivenEntry, readModel: ReadModel): string {
  const encode = encodeCall(value);
  if (!encode) return textOfValue(value);
  const field = new Field('encoder', { kind: 'model' }, readModel, false);
  const kept = reader.read(`given ${name.name}`, field, encode.model);
  if (!kept) return sourceOf(value);
  const { weights } = encode;
  return `${writtenEncode({ picture: textOfValue(encode.picture), model: kept.call, weights })}\n${kept.text}`;
}

function textOfValue(value: Expression): string {
  const folder = pairedFolder(value);
  return folder ? writtenPair(folder) : sourceOf(value);
}

/** The probabilities of leaving out labels, texts, and given conditions (by name). */
function dropsOf(
  drops: readonly Drop[],
  givens: readonly string[],
): Pick<TrainRecipe, 'labelDrop' | 'textDrop' | 'givenDrop'> {
  const isGiven = ({ kind }: Drop): boolean => givens.includes(kind);
  const of = (kind: 'label' | 'text'): number => drops.find((d) => d.kind === kind && !isGiven(d))?.probability ?? 0;
  const givenDrop = Object.fromEntries(drops.filter(isGiven).map((d) => [d.kind, d.probability]));
  return {
    labelDrop: of('label'),
    ...(of('text') > 0 && { textDrop: of('text') }),
    ...(Object.values(givenDrop).some((p) => p > 0) && { givenDrop }),
  };
}

/** What the settings of a phase may name. */
interface PhaseNames {
  readonly givens: readonly string[];
  /** Of the model; none if the section trains a study. */
  readonly hyperparameters: () => readonly string[];
}

function readPhases(reader: SettingReader, entries: readonly PhaseEntry[], names: PhaseNames): Phase[] {
  const phases: Phase[] = [];
  let before: number | undefined;
  for (const [i, p] of entries.entries()) {
    const at = reader.read('phase at', number('the step it begins with', countRange), p.at);
    if (at !== undefined && before !== undefined && at <= before) {
      reader.report(diagnose('phase-order', p.at.span, { at, after: before }, entries[i - 1].at.span));
    }
    before = at;
    let phaseRate: number | null = null;
    let clip: number | null = null;
    let changes: PhaseChanges = {};
    const given = new Map<string, SettingEntry>();
    for (const e of p.entries) {
      if (e.kind !== 'setting') continue;
      const name = e.path.map((x) => x.name).join('.');
      const earlier = given.get(name);
      if (earlier) reader.report(diagnose('duplicate-setting', e.span, { setting: name }, earlier.span));
      given.set(name, earlier ?? e);
      settlePath(reader, e.path);
      if (name === 'optimizer.rate') phaseRate = reader.read(name, rate, e.value) ?? null;
      else if (name === 'clip') clip = reader.read(name, trainFields.clip, e.value)?.max ?? null;
      else changes = withChange(reader, e, names, changes);
    }
    phases.push({ at: at ?? 0, rate: phaseRate, clip, ...(Object.keys(changes).length > 0 && { changes }) });
  }
  return phases;
}

/** Says what the names before `=` mean in a phase: settings of the recipe, or hyper-parameters. */
function settlePath(reader: SettingReader, [first, second]: readonly Identifier[]): void {
  const field = ownValue(trainFields, first.name);
  reader.settle(first, field ? { kind: 'setting', of: 'train', name: first.name, field } : null);
  if (second?.name === 'rate') reader.settle(second, { kind: 'setting', of: first.name, name: 'rate', field: rate });
}

/** Adds what one setting of a phase changes beside rate and clipping. */
function withChange(
  reader: SettingReader,
  { path, value, span }: SettingEntry,
  names: PhaseNames,
  before: PhaseChanges,
): PhaseChanges {
  const name = path.map((x) => x.name).join('.');
  const keep = <K extends keyof PhaseChanges>(key: K, found: PhaseChanges[K] | undefined): PhaseChanges =>
    found === undefined ? before : { ...before, [key]: found };
  if (name === 'batch') return keep(name, reader.read(name, trainFields.batch, value));
  if (name === 'data') return keep(name, reader.read(name, trainFields.data, value));
  if (name === 'ema') return keep(name, reader.read(name, trainFields.ema, value));
  if (name === 'precision') return keep(name, reader.read(name, trainFields.precision, value));
  if (name === 'drop') {
    const drops = reader.read(name, dropField(names.givens), value);
    return drops ? { ...before, drop: dropsOf(drops, names.givens) } : before;
  }
  if (names.hyperparameters().includes(name))
    return { ...before, hyperparameters: { ...before.hyperparameters, [name]: sourceOf(value) } };
  reader.report(diagnose('phase-setting', span, { setting: name, known: phaseSettings.join(', ') }));
  return before;
}

/** Checks that only encoders that are not downloaded have `weights`, and that those that give word numbers have no `scale`. */
function checkText(reader: SettingReader, { encoder, weights, scale }: TextSettings, span: Span): void {
  const { needsWeights, gives } = encoders[encoder];
  const given = weights !== undefined;
  const scaled = gives === 'numbers' && scale !== undefined;
  if (given === needsWeights && !scaled) return;
  const reading = namesOf(encoders).filter((name) => encoders[name].needsWeights);
  const forWeights = given
    ? `\`weights\` with the encoder ${reading.join(' or ')} alone`
    : `\`weights: "FOLDER"\` with the encoder ${encoder}`;
  const expected = scaled ? '`scale` with an encoder that gives features' : forWeights;
  const found = given || scaled ? `the encoder ${encoder}` : 'without them';
  reader.report(diagnose('setting-kind', span, { setting: 'text', expected, found, suggestion: '' }));
}
