/** `sample name of Model { … }`: solver, steps and guidance. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Guidance, SampleSettings } from '../recipe/index';
import { sampleFields, type WrittenGuidance } from '../recipe/sample';
import type { Span } from '../source';
import type { GivenEntry, SectionDeclaration, SettingEntry } from '../syntax/ast';
import { readGivenValues } from './given-values';
import { SettingReader, sectionName } from './schema';
import { withSettings } from './set';
import { writtenSection } from './written';

export function readSample(reader: SettingReader, s: SectionDeclaration): SampleSettings | null {
  const { values, place } = reader.section(s, sampleFields, { solver: 'solver = flow_dpm(steps: 100)' });
  if (!values || !s.model) return null;
  const given = readGivenValues(s.entries.filter((e): e is GivenEntry => e.kind === 'given'));
  const { kind: solver, ...walk } = values.solver;
  const { guidance } = values;
  if (guidance) checkInterval(reader, guidance, (place('guidance') ?? s).span);
  return {
    name: sectionName(s),
    model: s.model.name,
    solver,
    ...walk,
    guidance: guidance && asGuidance(guidance),
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
function checkInterval(reader: SettingReader, { from, to }: WrittenGuidance, span: Span): void {
  if (from < to) return;
  const what = '`guidance.from`';
  reader.report(diagnose('out-of-range', span, { what, found: String(from), range: `below \`to\`, which is ${to}` }));
}

function asGuidance(written: WrittenGuidance): Guidance {
  const { scale, from, to } = written;
  if (written.kind === 'auto') return { scale, from, to, weak: written.weights };
  return { scale, from, to, ...(written.rescale !== undefined && { rescale: written.rescale }) };
}
