/** `sample name of Model { … }`: solver, steps and guidance. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { LoadedFile } from '../link/load';
import { keptHome } from '../programs/kept-method';
import type { ReadMethod } from '../recipe/declared';
import type { Infer } from '../recipe/field';
import { noNames, type SettingNames } from '../recipe/hyperparameters';
import type { Guidance, SampleSettings } from '../recipe/index';
import { guidanceField, isDeclaredGuidance, sampleFields, solverField, type WrittenGuidance } from '../recipe/sample';
import type { Span } from '../source';
import type { GivenEntry, SectionDeclaration, SettingEntry } from '../syntax/ast';
import { readGivenValues } from './given-values';
import { SettingReader, sectionName } from './schema';
import { withSettings } from './set';
import { writtenSection } from './written';

export function readSample(reader: SettingReader, s: SectionDeclaration, methods?: ReadMethod): SampleSettings | null {
  const fields = { solver: solverField(methods), guidance: guidanceField(methods).orNull() };
  const { values, place } = reader.section(s, fields, { solver: 'solver = flow_dpm(steps: 100)' });
  if (!values || !s.model) return null;
  const given = readGivenValues(
    s.entries.filter((e): e is GivenEntry => e.kind === 'given'),
    reader.names,
  );
  const { guidance } = values;
  if (guidance && guidance.kind !== 'declared') checkInterval(reader, guidance, (place('guidance') ?? s).span);
  return {
    name: sectionName(s),
    model: s.model.name,
    ...walkOf(values.solver),
    guidance: guidance && (guidance.kind === 'declared' ? guidance : asGuidance(guidance)),
    ...(given && { given }),
  };
}

type WrittenSolver = Infer<{ solver: ReturnType<typeof solverField> }>['solver'];

function walkOf(
  written: WrittenSolver,
): Pick<SampleSettings, 'solver' | 'steps' | 'shift' | 'lastStep' | 'wholeTimes'> {
  if (written.kind !== 'declared') {
    const { kind: solver, ...walk } = written;
    return { solver, ...walk };
  }
  const { steps, ...solver } = written;
  return { solver, steps, shift: 1 };
}

/** What entries set by hand may name: what is visible in a file, methods declared there, and hyper-parameters of the model. */
export interface MethodHome {
  readonly visible: LoadedFile['visible'];
  readonly methods: ReadMethod;
  readonly names?: SettingNames;
}

/** Settings with some of them replaced; `settings` is null if a new one is wrong. `home` is the file that they come from. */
export function sampleWith(
  settings: SampleSettings,
  entries: readonly SettingEntry[],
  home: MethodHome | null = null,
): { readonly settings: SampleSettings | null; readonly diagnostics: readonly Diagnostic[] } {
  const homes = [home, ...keptHomes(settings)].filter((h) => h !== null);
  const visible = new Map(homes.flatMap((h) => [...h.visible]));
  const { section, diagnostics } = withSettings(writtenSection(sampleText(settings)), sampleFields, entries, visible);
  const reader = new SettingReader();
  reader.names = home?.names ?? noNames;
  // A method whose text the settings keep has priority over one of the file.
  const methods: ReadMethod = (kind, builtIn, e, reading) => {
    const callee = e.kind === 'call' ? e.callee : e;
    const name = callee.kind === 'name' ? callee.name : '';
    const own = homes.toReversed().find((h) => h.visible.get(name)?.declaration.kind === kind);
    return (own ?? home)?.methods(kind, builtIn, e, reading) ?? null;
  };
  const read = readSample(reader, section, methods);
  const { name, model, given } = settings;
  return {
    settings: read && { ...read, name, model, ...(given && { given }) },
    diagnostics: [...diagnostics, ...reader.diagnostics],
  };
}

/** The homes of methods whose text the settings keep. */
function keptHomes({ solver, guidance }: SampleSettings): MethodHome[] {
  const kept = [...(typeof solver === 'string' ? [] : [solver]), ...(isDeclaredGuidance(guidance) ? [guidance] : [])];
  return kept.map(keptHome);
}

function sampleText({ solver, steps, shift, lastStep, wholeTimes = false, guidance }: SampleSettings): string {
  const last = lastStep === undefined ? '' : `, last_step: ${lastStep}`;
  const walk =
    typeof solver === 'string'
      ? `${solver}(steps: ${steps}, shift: ${shift}, whole_times: ${wholeTimes}${last})`
      : solver.call.replace(/\bsteps: steps\b/, `steps: ${steps}`);
  const lines = [`solver = ${walk}`];
  if (isDeclaredGuidance(guidance)) lines.push(`guidance = ${guidance.call}`);
  else if (guidance) {
    const { scale, from, to, rescale = 0, weak } = guidance;
    const rest = weak === undefined ? `rescale: ${rescale}` : `weights: ${JSON.stringify(weak)}`;
    const call = weak === undefined ? 'cfg' : 'auto';
    lines.push(`guidance = ${call}(scale: ${scale}, from: ${from}, to: ${to}, ${rest})`);
  }
  return `sample set of set {\n${lines.join('\n')}\n}`;
}

/** Checks the interval of guidance, which acts strictly between two times. */
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
