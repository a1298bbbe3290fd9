/** `align = repa(…)` of a train section: where a model is aligned, and with which encoder. */
import { diagnose } from '../diagnostics/diagnostic';
import type { Alignment } from '../lower/recipe';
import { bindCall, writtenArguments } from '../bind/bind-call';
import { nonNegativeRange, sizeRange } from '../bind/number-range';
import type { Expression } from '../syntax/ast';
import {
  callSignature,
  type CallSetting,
  type Field,
  type Fields,
  type ReadSettings,
  type SettingReader,
} from './schema';

/** Encoders whose weights are fetched where they are not there. */
export const fetchedTeachers = ['efficientnet_lite0'] as const;

const repa: Fields = {
  at: { kind: 'place', doc: 'a tap, or a block such as patch_blocks[8], counted from 1' },
  teacher: { kind: 'file-or-model', file: 'an ONNX file', doc: 'the encoder of images' },
  hidden: { kind: 'number', ...sizeRange, default: 2048, doc: "width of the projector's hidden layers" },
  weight: { kind: 'number', ...nonNegativeRange, default: 0.5, doc: 'share in the loss' },
  width: { kind: 'number', ...sizeRange, default: 768, doc: "width of the encoder's tokens" },
  tokens: { kind: 'number', ...sizeRange, default: null, doc: 'their number; as many as the model has by default' },
  weights: { kind: 'string', words: fetchedTeachers, default: null, doc: 'of an encoder that is a model' },
};

export const alignField: Field = {
  kind: 'call',
  calls: { repa },
  default: null,
  doc: 'a frozen encoder whose tokens those of the model come close to',
};

/** What is written for an argument of `repa(…)`. */
export function alignArgument(align: Expression, name: 'at' | 'teacher'): Expression | null {
  if (align.kind !== 'call') return null;
  const { given } = bindCall(callSignature('repa', repa), writtenArguments(align.args), align.span);
  return given.get(name)?.value ?? null;
}

/** The alignment of a section, whose weights have been checked to go with its encoder. */
export function readAlignment(reader: SettingReader, { args }: CallSetting, place: ReadSettings['place']): Alignment {
  const weights = args.weights as string | null;
  const teacher = args.teacher as string | CallSetting;
  const problem = weightsProblem(teacher, weights);
  if (problem) {
    const { argument, ...facts } = problem;
    const { span } = place(`align.${argument}`)!;
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

/** The encoder in `repa(teacher: …)` where it is a model, with or without hyper-parameters. */
export function teacherModel(align: Expression): Expression | null {
  const teacher = alignArgument(align, 'teacher');
  return teacher && (teacher.kind === 'name' || teacher.kind === 'call') ? teacher : null;
}

/** An ONNX file holds its weights; those of a model of the language lie in a file of their own. */
function weightsProblem(
  teacher: string | CallSetting,
  weights: string | null,
): { readonly argument: 'teacher' | 'weights'; readonly expected: string; readonly found: string } | null {
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
