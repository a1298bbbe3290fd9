/** Finds the tokens for an alignment among the outputs of an image encoder. */
// Tested by test/train/teacher.test.ts.
import type { OnnxModel, OnnxValue } from '../backends/onnx/runtime';
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { TeacherShape } from '../compiler/programs/objectives/teacher';

/** Class token, distillation token and registers: more than any encoder puts before the tokens of its image. */
const mostLeading = 16;

/** The outputs that may be tokens: floats with three axes, or with axes that the file does not state. */
export function tokenOutputs(path: string, { outputs }: OnnxModel): readonly OnnxValue[] {
  const found = outputs.filter(({ type, shape }) => /^float/.test(type) && (shape.length === 3 || shape.length === 0));
  if (found.length > 0) return found;
  const told = outputs.map(({ name, type, shape }) => `${name} ${type} [${shape.join(', ')}]`).join(', ');
  throw new WeftError(
    `The encoder ${path} gives ${told}, none of which are tokens [batch, tokens, width].`,
    'Export it with its tokens as an output.',
  );
}

/** The output that fits, and the number of leading tokens that do not belong to the image. */
export function alignedTokens(
  path: string,
  outputs: { readonly [name: string]: HostTensor },
  { tokens, width }: TeacherShape,
  batch: number,
): { readonly name: string; readonly dropped: number } {
  for (const [name, { shape }] of Object.entries(outputs)) {
    const isTokens = shape.length === 3 && shape[0] === batch && shape[2] === width;
    if (isTokens && fits(shape[1], tokens)) return { name, dropped: shape[1] - tokens };
  }
  const shapes = Object.entries(outputs).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
  throw new WeftError(
    `The recipe aligns with ${tokens} tokens of ${width}, but the encoder ${path} gives ${shapes.join(', ')}.`,
    'Set `width` and `tokens` of align = repa(…) to those of the encoder; only class and register tokens before those of the image are left out.',
  );
}

/** Whether there are as many tokens, or a few more at the start. A square number of tokens is an image of another size, without a class token. */
function fits(found: number, wanted: number): boolean {
  if (found === wanted) return true;
  return found > wanted && found - wanted <= mostLeading && !Number.isInteger(Math.sqrt(found));
}

/** Tokens `[batch, tokens, width]` without the first `dropped` of each image. */
export function leadingTokens({ shape, data }: HostTensor, dropped: number): HostTensor {
  const [batch, have, width] = shape;
  const tokens = have - dropped;
  const out = new Float32Array(batch * tokens * width);
  for (let b = 0; b < batch; b++) {
    out.set(data.subarray((b * have + dropped) * width, (b + 1) * have * width), b * tokens * width);
  }
  return { shape: [batch, tokens, width], dtype: 'f32', data: out };
}
