/** `align = repa(…)` of a train section: where a model is aligned, and with which encoder. */
import { diagnose } from '../diagnostics/diagnostic';
import type { Alignment } from '../lower/recipe';
import type { Expression, SettingEntry } from '../syntax/ast';
import { argumentOf, type CallSetting, type Field, type SettingReader } from './schema';

/** Encoders whose weights are fetched where they are not there. */
export const fetchedTeachers = ['efficientnet_lite0'] as const;

export const alignField: Field = {
  kind: 'call',
  calls: {
    repa: {
      at: { kind: 'place' },
      teacher: { kind: 'file-or-model', file: 'an ONNX file' },
      hidden: { kind: 'number', min: 1, integer: true, default: 2048 },
      weight: { kind: 'number', min: 0, default: 0.5 },
      width: { kind: 'number', min: 1, integer: true, default: 768 },
      tokens: { kind: 'number', min: 1, integer: true, default: null },
      weights: { kind: 'string', words: fetchedTeachers, default: null },
    },
  },
  default: null,
};

/** The alignment of a section, whose weights have been checked to go with its encoder. */
export function readAlignment(
  reader: SettingReader,
  { args }: CallSetting,
  settings: readonly SettingEntry[],
): Alignment {
  const weights = args.weights as string | null;
  const teacher = args.teacher as string | CallSetting;
  const problem = weightsProblem(teacher, weights);
  if (problem) {
    const value = settings.find((s) => s.path[0].name === 'align')!.value;
    const { argument, ...facts } = problem;
    const span = (argumentOf(value, argument, places[argument]) ?? value).span;
    reader.report(diagnose('setting-kind', span, { setting: `repa.${argument}`, suggestion: '', ...facts }));
  }
  return {
    kind: 'repa',
    at: args.at as string,
    teacher:
      typeof teacher === 'string'
        ? teacher
        : { model: teacher.call, set: teacher.args as { readonly [name: string]: string }, weights: weights ?? '' },
    hidden: args.hidden as number,
    weight: args.weight as number,
    width: args.width as number,
    tokens: args.tokens as number | null,
  };
}

/** Where arguments stand that have no names. */
const places = { teacher: 1, weights: 6 } as const;

/** The encoder in `repa(teacher: …)` where it is a model, with or without hyper-parameters. */
export function teacherModel(align: Expression): Expression | null {
  const teacher = argumentOf(align, 'teacher', places.teacher);
  return teacher && (teacher.kind === 'name' || teacher.kind === 'call') ? teacher : null;
}

/** An ONNX file holds its weights; those of a model of the language lie in a file of their own. */
function weightsProblem(
  teacher: string | CallSetting,
  weights: string | null,
): { readonly argument: keyof typeof places; readonly expected: string; readonly found: string } | null {
  if (typeof teacher !== 'string') {
    if (weights !== null) return null;
    const expected = `${teacher.call} with \`weights\`: a file, or ${fetchedTeachers.join(', ')}`;
    return { argument: 'teacher', expected, found: 'a model without them' };
  }
  if (/\.weft(#.*)?$/.test(teacher)) {
    const expected = 'an ONNX file, or a model that is declared here or imported: import { Model } from "./encoder"';
    return { argument: 'teacher', expected, found: 'the file of a spec' };
  }
  if (weights === null) return null;
  const expected = 'a file only where the teacher is a model';
  return { argument: 'weights', expected, found: 'given with an ONNX file' };
}
