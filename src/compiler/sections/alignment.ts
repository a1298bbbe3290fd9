/** `align = repa(…)` of a train section: at which place a model is aligned, and with which encoder. */
import { diagnose } from '../diagnostics/diagnostic';
import { align, type Alignment, type WrittenAlignment } from '../recipe/alignment';
import { writtenArgument } from '../recipe/choices';
import { packagedWeights } from '../recipe/packaged';
import type { Expression } from '../syntax/ast';
import type { Place, SettingReader } from './schema';

/** Reads the alignment of a section, and checks that `weights` fit its encoder. */
export function readAlignment(reader: SettingReader, written: WrittenAlignment, place: Place): Alignment {
  const problem = weightsProblem(written);
  const at = problem && place(`align.${problem.argument}`);
  if (problem && at) {
    const { argument, ...facts } = problem;
    reader.report(diagnose('setting-kind', at.span, { setting: `repa.${argument}`, suggestion: '', ...facts }));
  }
  const { teacher, weights, ...rest } = written;
  return { ...rest, teacher: typeof teacher === 'string' ? teacher : { ...teacher, weights: weights ?? '' } };
}

/** The encoder in `repa(teacher: …)` if it is a model, with or without hyper-parameters; otherwise null. */
export function teacherModel(written: Expression): Expression | null {
  const teacher = writtenArgument(align, written, 'teacher');
  return teacher && (teacher.kind === 'name' || teacher.kind === 'call') ? teacher : null;
}

/** Checks `weights`: an ONNX file contains its own, but a model of the language needs a separate file. */
function weightsProblem({ teacher, weights }: WrittenAlignment): {
  readonly argument: 'teacher' | 'weights';
  readonly expected: string;
  readonly found: string;
} | null {
  if (typeof teacher !== 'string') {
    if (weights !== null) return null;
    const expected = `${teacher.model} with \`weights\`: a file, or ${packagedWeights.join(', ')}`;
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
