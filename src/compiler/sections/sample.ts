/** `sample name of Model { … }`: solver, steps and guidance. */
import { nonNegativeRange, positiveRange, probabilityRange, sizeRange } from '../bind/number-range';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Guidance, SampleSettings } from '../lower/recipe';
import type { Expression, GivenEntry, SectionDeclaration, SettingEntry } from '../syntax/ast';
import { readGivenValues } from './given-values';
import { SettingReader, type CallSetting, type Field, type Fields } from './schema';
import { withSettings } from './set';
import { writtenSection } from './written';

/** Of the time grid: 1 leaves it even. */
export const shiftField: Field = {
  kind: 'number',
  ...positiveRange,
  default: 1,
  doc: 'moves times towards noise (above 1) or data',
};
const falling: Fields = {
  steps: { kind: 'number', ...sizeRange, doc: 'steps from noise to data' },
  shift: shiftField,
  whole_times: { kind: 'boolean', default: false, doc: 'tell the model the nearest whole number as the time' },
};
const lastStep: Field = {
  kind: 'number',
  above: 0,
  below: 1,
  default: null,
  doc: 'width of the last step before the shift; 1 / steps by default',
};
const rising: Fields = { ...falling, last_step: lastStep };
const interval: Fields = {
  from: { kind: 'number', ...probabilityRange, default: 0, doc: 'the time it begins to act at' },
  to: { kind: 'number', ...probabilityRange, default: 1, doc: 'the time it ends at' },
};
const scale: Field = { kind: 'number', ...nonNegativeRange, doc: 'how far to go from the weaker branch; 1 is none' };

export const sampleFields: Fields = {
  solver: {
    kind: 'call',
    calls: { euler: rising, heun: rising, heun_exact: rising, flow_dpm: rising, dpm_solver_pp: falling },
    doc: 'what walks from noise to data',
  },
  guidance: {
    kind: 'call',
    calls: {
      cfg: {
        scale,
        ...interval,
        rescale: { kind: 'number', ...probabilityRange, default: 0, doc: 'how far the spread is brought back' },
      },
      auto: { scale, weights: { kind: 'string', doc: 'a file with those of a weaker model' }, ...interval },
    },
    default: null,
    doc: 'leads away from the branch without a condition, or from a weaker model',
  },
};

export function readSample(reader: SettingReader, s: SectionDeclaration): SampleSettings | null {
  const settings = s.entries.filter((e): e is SettingEntry => e.kind === 'setting');
  const v = reader.section('sample', s.name?.span ?? s.span, settings, sampleFields, {
    solver: 'solver = flow_dpm(steps: 100)',
  });
  if (!v || !s.model) return null;
  const name = s.name?.name ?? 'sample';
  const givens = s.entries.filter((e): e is GivenEntry => e.kind === 'given');
  const given = readGivenValues(reader, givens);
  const givenPlace = (setting: string): Expression | null =>
    givens.find((g) => `given ${g.name.name}` === setting)?.value ?? null;
  reader.places.set(`sample ${name}`, (setting) => v.place(setting) ?? givenPlace(setting));
  const chosen = v.values.solver as CallSetting;
  const guidance = v.values.guidance as CallSetting | null;
  if (guidance) checkInterval(reader, v.place('guidance')!, guidance);
  return {
    name,
    model: s.model.name,
    solver: chosen.call as SampleSettings['solver'],
    steps: chosen.args.steps as number,
    shift: chosen.args.shift as number,
    ...(typeof chosen.args.last_step === 'number' && { lastStep: chosen.args.last_step }),
    ...(chosen.args.whole_times === true && { wholeTimes: true }),
    guidance: guidance && readGuidance(guidance),
    ...(given && { given }),
  };
}

/** Settings with some in place of their own; `settings` is null where one of these is wrong. */
export function sampleWith(
  settings: SampleSettings,
  entries: readonly SettingEntry[],
): { readonly settings: SampleSettings | null; readonly diagnostics: readonly Diagnostic[] } {
  const { section, diagnostics } = withSettings(writtenSection(sampleText(settings)), sampleFields, entries);
  const reader = new SettingReader();
  const read = readSample(reader, section);
  const { name, model, given } = settings;
  return {
    settings: read && { ...read, name, model, ...(given && { given }) },
    diagnostics: [...diagnostics, ...reader.diagnostics],
  };
}

function sampleText({ solver, steps, shift, lastStep, wholeTimes = false, guidance }: SampleSettings): string {
  const last = lastStep === undefined ? '' : `, last_step: ${lastStep}`;
  const lines = [`solver = ${solver}(steps: ${steps}, shift: ${shift}, whole_times: ${wholeTimes}${last})`];
  if (guidance) {
    const { scale, from, to, rescale = 0, weak } = guidance;
    const rest = weak === undefined ? `rescale: ${rescale}` : `weights: ${JSON.stringify(weak)}`;
    const call = weak === undefined ? 'cfg' : 'auto';
    lines.push(`guidance = ${call}(scale: ${scale}, from: ${from}, to: ${to}, ${rest})`);
  }
  return `sample set of set {\n${lines.join('\n')}\n}`;
}

/** Guidance acts strictly between two times. */
function checkInterval(reader: SettingReader, { span }: Expression, { args }: CallSetting): void {
  const [from, to] = [args.from, args.to] as [number, number];
  if (from < to) return;
  const what = '`guidance.from`';
  reader.report(diagnose('out-of-range', span, { what, found: String(from), range: `below \`to\`, which is ${to}` }));
}

function readGuidance({ call, args }: CallSetting): Guidance {
  const guidance = { scale: args.scale as number, from: args.from as number, to: args.to as number };
  if (call === 'auto') return { ...guidance, weak: args.weights as string };
  return args.rescale === 0 ? guidance : { ...guidance, rescale: args.rescale as number };
}
