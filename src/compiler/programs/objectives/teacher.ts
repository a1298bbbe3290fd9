/** A model of the language as the frozen encoder of an alignment: it turns an image into tokens. */
// Tested by test/train/teacher-model.test.ts.
import { diagnose, type Diagnostic } from '../../diagnostics/diagnostic';
import { formatShape, isStatic } from '../../ir/dims';
import type { Program, Value } from '../../ir/graph';
import type { ModelGraph } from '../../lower/model';
import type { Span } from '../../source';

/** The shape of the tokens `[batch, tokens, width]` that an encoder must give. */
export interface TeacherShape {
  readonly tokens: number;
  readonly width: number;
}

/** Why a model cannot be the encoder, reported at `span`; null if it gives the wanted tokens. */
export function teacherProblem(encoder: ModelGraph, wanted: TeacherShape, span: Span): Diagnostic | null {
  const model = encoder.name;
  const [first, ...more] = encoder.inputs;
  if (!first || more.length > 0 || !isImage(first.value)) {
    const inputs = encoder.inputs.map((i) => `${i.name} ${formatShape(i.value.shape)}`).join(', ');
    return diagnose('teacher-input', span, { model, inputs });
  }
  const [output, ...others] = tokenOutputs(encoder);
  if (!output || others.length > 0) {
    const outputs = Object.entries(encoder.outputs).map(([name, v]) => `${name} ${formatShape(v.shape)}`);
    return diagnose('teacher-output', span, { model, outputs: outputs.join(', ') });
  }
  const [tokens, width] = output[1].shape.slice(1).map(Number);
  if (tokens === wanted.tokens && width === wanted.width) return null;
  return diagnose('teacher-shape', span, { model, wanted, found: { tokens, width } });
}

/** The program `encode` of a model without such a problem; `image` is its input, and `tokens` the name of its output. */
export function teacherProgram(encoder: ModelGraph): { program: Program; image: Value; tokens: string } {
  const [image] = encoder.inputs.map((i) => i.value);
  const [[tokens]] = tokenOutputs(encoder);
  return { program: { name: 'encode', inputs: [image], outputs: encoder.outputs, updates: [] }, image, tokens };
}

/** Whether the shape is `[batch, 3, height, width]`. */
function isImage({ shape }: Value): boolean {
  return shape.length === 4 && shape[1] === 3 && isStatic(shape.slice(2));
}

/** The outputs of shape `[batch, tokens, width]`. */
function tokenOutputs({ outputs }: ModelGraph): [string, Value][] {
  return Object.entries(outputs).filter(([, { shape }]) => shape.length === 3 && isStatic(shape.slice(1)));
}
