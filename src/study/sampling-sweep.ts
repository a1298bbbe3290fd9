/** A sweep over how a trained run is sampled: every combination of values of solver, steps, shift and guidance, each as settings. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { suggest } from '../compiler/diagnostics/suggest';
import { solvers } from '../compiler/programs/samplers/index';
import type { SampleSettings } from '../compiler/recipe/index';
import { fieldsOf } from '../compiler/sections/keys';
import { combinations } from '../compiler/sections/sweep';
import { sourceText } from '../compiler/sections/study';
import { readWritten } from '../compiler/sections/written';
import type { Expression, SettingEntry } from '../compiler/syntax/ast';
import { itemsOf } from '../compiler/syntax/items';
import { ownValue } from '../compiler/own-value';
import { SpecError } from '../spec/spec-error';
import type { WrittenAxis } from './written-axis';

export interface SamplingCell {
  /** The value of each axis, as written. */
  readonly values: readonly string[];
  readonly settings: SampleSettings;
}

export interface SamplingSweep {
  /** The keys of the axes. */
  readonly axes: readonly string[];
  /** The last axis changes fastest. */
  readonly cells: readonly SamplingCell[];
}

/** What the settings of a sweep are judged by. */
export interface SweepHome {
  /** Settings before the sweep. */
  readonly settings: SampleSettings;
  /** Names of the model's hyper-parameters. */
  readonly hyperparameters: readonly string[];
  /** The settings with entries that replace its own; throws where one is wrong. */
  readonly with: (settings: SampleSettings, entries: readonly SettingEntry[]) => SampleSettings;
}

/** The most cells; every one is drawn and measured. */
const mostCells = 1000;

/** Short names of settings, which are those of the options of `weft sample`. */
const settingsByAxis: { readonly [axis: string]: readonly string[] } = {
  solver: ['solver'],
  steps: ['solver.steps'],
  shift: ['solver.shift'],
  guidance: ['guidance'],
  scale: ['guidance.scale'],
  from: ['guidance.from'],
  to: ['guidance.to'],
  interval: ['guidance.from', 'guidance.to'],
};

interface Axis {
  readonly key: string;
  /** The settings that it gives. */
  readonly settings: readonly string[];
  readonly values: readonly Expression[];
}

/** Reads the axes, and makes the settings of every combination. */
export function samplingSweep(written: readonly WrittenAxis[], home: SweepHome): SamplingSweep {
  const axes = written.map((axis) => readAxis(axis, home));
  requireApart(axes);
  const count = axes.reduce((n, { values }) => n * values.length, 1);
  if (count > mostCells)
    throw new WeftError(
      `The sweep has ${count.toLocaleString('en-US')} combinations; at most ${mostCells.toLocaleString('en-US')} are drawn.`,
      'Name fewer values.',
      2,
    );
  // What is given as a whole comes before its parts: a solver before its steps.
  const order = axes.map((_, i) => i).sort((a, b) => depth(axes[a]) - depth(axes[b]));
  const cells = combinations(axes.map(({ values }) => values)).map((values) => ({
    values: values.map(sourceText),
    settings: order.reduce((settings, i) => settled(settings, axes[i], values[i], home), home.settings),
  }));
  return { axes: axes.map(({ key }) => key), cells };
}

function readAxis({ key, values }: WrittenAxis, { hyperparameters }: SweepHome): Axis {
  const settings = ownValue(settingsByAxis, key) ?? [key];
  const [first, ...rest] = settings[0].split('.');
  if (!Object.hasOwn(fieldsOf.sample, first) || rest.length > 1) throw unknownAxis(key, hyperparameters);
  const list = /^\[.*\]$/s.test(values) ? values : `[${values}]`;
  const { entry, diagnostics } = readWritten(key, list, '--sweep');
  if (!entry) throw new SpecError(diagnostics);
  const items = itemsOf(entry.value);
  if (items.length === 0) throw new WeftError(`The sweep over ${key} has no values.`, `Write ${key}=VALUE,VALUE.`, 2);
  const texts = items.map(sourceText);
  const again = texts.find((text, i) => texts.indexOf(text) < i);
  if (again !== undefined) throw new WeftError(`The sweep has ${key} ${again} twice.`, 'Leave one of them out.', 2);
  return { key, settings, values: items };
}

function unknownAxis(key: string, hyperparameters: readonly string[]): WeftError {
  const first = key.replace(/^train\./, '').split('.')[0];
  const what = hyperparameters.includes(first)
    ? 'a hyper-parameter of the model'
    : Object.hasOwn(fieldsOf.train, first)
      ? 'a setting of training'
      : null;
  if (what !== null)
    return new WeftError(
      `${key} is ${what}: every value of it needs a training of its own, and a sweep of a run draws from one.`,
      hyperparameters.includes(first)
        ? `Train a sweep of the spec, such as sweep all of Model { ${first} in […] }: docs/ablations.md.`
        : `Train several runs, such as weft train SPEC --set ${key}=VALUE --out FOLDER, and evaluate them together.`,
      2,
    );
  const known = Object.keys(settingsByAxis);
  const near = suggest(key, known);
  return new WeftError(
    `A run cannot be swept over ${key}.`,
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : `There are ${known.join(', ')}, and solver.NAME and guidance.NAME.`,
    2,
  );
}

/** Two axes that give the same setting, or one that gives a part of what another writes out, would undo each other. */
function requireApart(axes: readonly Axis[]): void {
  axes.forEach((axis, i) => {
    for (const other of axes.slice(0, i)) {
      const [whole, part] = depth(axis) <= depth(other) ? [axis, other] : [other, axis];
      const isSame = whole.settings.some((setting) => part.settings.includes(setting));
      const isInside =
        part.settings[0].startsWith(`${whole.settings[0]}.`) && whole.values.some((v) => v.kind !== 'name');
      if (isSame || isInside)
        throw new WeftError(
          `The sweep over ${whole.key} already says ${isSame ? 'what that over' : 'the'} ${part.key}${isSame ? ' says' : ` of ${sourceText(whole.values.find((v) => v.kind !== 'name')!)}`}.`,
          isSame
            ? 'Leave one of them out.'
            : `Name ${whole.key === 'guidance' ? 'scales and intervals' : 'solvers by their names alone'}, or leave ${part.key} out.`,
          2,
        );
    }
  });
}

function depth({ settings }: Axis): number {
  return settings[0].split('.').length;
}

/** The settings with the value of an axis. */
function settled(
  settings: SampleSettings,
  { key, settings: names }: Axis,
  value: Expression,
  home: SweepHome,
): SampleSettings {
  const text = sourceText(value);
  if (key === 'guidance' && text === 'none') return { ...settings, guidance: null };
  if (key === 'guidance' && value.kind === 'number') return home.with(settings, [entry('guidance', `cfg(${text})`)]);
  // As with --guidance, a scale is enough to guide by.
  if (names[0] === 'guidance.scale' && settings.guidance === null)
    return home.with(settings, [entry('guidance', `cfg(${text})`)]);
  if (key === 'solver' && value.kind === 'name')
    return home.with(settings, [entry('solver', solverCall(text, settings))]);
  if (names.length === 1) return home.with(settings, [entry(names[0], text)]);
  const bounds = value.kind === 'tuple' || value.kind === 'list' ? value.items : [];
  if (bounds.length !== names.length)
    throw new WeftError(`${text} is no ${key}.`, `Write its two ends, such as --sweep "${key}=(0,1),(0.1,0.9)".`, 2);
  return home.with(
    settings,
    names.map((name, i) => entry(name, sourceText(bounds[i]))),
  );
}

/** A solver by its name alone takes over the steps and the shift. */
function solverCall(name: string, { steps, shift }: SampleSettings): string {
  const shifted = Object.hasOwn(solvers, name) && shift !== 1 ? `, shift: ${shift}` : '';
  return `${name}(steps: ${steps}${shifted})`;
}

function entry(key: string, text: string): SettingEntry {
  const { entry: found, diagnostics } = readWritten(key, text, '--sweep');
  if (!found) throw new SpecError(diagnostics);
  return found;
}
