/** `sample name of Model { … }`: solver, steps and guidance. */
import type { Guidance, SampleSettings } from '../lower/recipe';
import type { SectionDeclaration, SettingEntry } from '../syntax/ast';
import { SettingReader, type CallSetting, type Field, type Fields } from './schema';

const steps: Field = { kind: 'number', min: 1, integer: true };
const solver: Fields = { steps, shift: { kind: 'number', min: 0, default: 1 } };

export const sampleFields: Fields = {
  solver: {
    kind: 'call',
    calls: { euler: solver, heun: solver, heun_exact: solver, flow_dpm: solver, dpm_solver_pp: solver },
  },
  guidance: {
    kind: 'call',
    calls: {
      cfg: {
        scale: { kind: 'number', min: 0 },
        from: { kind: 'number', min: 0, max: 1, default: 0 },
        to: { kind: 'number', min: 0, max: 1, default: 1 },
        rescale: { kind: 'number', min: 0, max: 1, default: 0 },
      },
      auto: {
        scale: { kind: 'number', min: 0 },
        weights: { kind: 'string' },
        from: { kind: 'number', min: 0, max: 1, default: 0 },
        to: { kind: 'number', min: 0, max: 1, default: 1 },
      },
    },
    default: null,
  },
};

export function readSample(reader: SettingReader, s: SectionDeclaration): SampleSettings | null {
  const settings = s.entries.filter((e): e is SettingEntry => e.kind === 'setting');
  const v = reader.section('sample', s.name?.span ?? s.span, settings, sampleFields, {
    solver: 'solver = flow_dpm(steps: 100)',
  });
  if (!v || !s.model) return null;
  const chosen = v.solver as CallSetting;
  const guidance = v.guidance as CallSetting | null;
  return {
    name: s.name?.name ?? 'sample',
    model: s.model.name,
    solver: chosen.call as SampleSettings['solver'],
    steps: chosen.args.steps as number,
    shift: chosen.args.shift as number,
    guidance: guidance && readGuidance(guidance),
  };
}

function readGuidance({ call, args }: CallSetting): Guidance {
  const guidance = { scale: args.scale as number, from: args.from as number, to: args.to as number };
  if (call === 'auto') return { ...guidance, weak: args.weights as string };
  return args.rescale === 0 ? guidance : { ...guidance, rescale: args.rescale as number };
}
