/** `align`: a frozen image encoder whose tokens training uses. */
// Tested by test/compiler/sections/alignment.test.ts.
import { nonNegativeRange, sizeRange } from '../bind/number-range';
import { oneOf } from './choices';
import type { Choice, Chosen, ParametersOf } from './field';
import { fileOrModel, number, place, string } from './fields';
import { packagedWeights } from './packaged';
import type { ModelCall } from './written';

const teacher = fileOrModel('image encoder', 'an ONNX file');
const width = number("width of the encoder's tokens", sizeRange);
const weights = string('file with the weights of an encoder that is a model of this file', packagedWeights).orNull();

const alignments = {
  repa: {
    doc: 'REPA: aligns tokens of the model with those of a frozen encoder (arXiv 2410.06940).',
    examples: ['repa(at: blocks[2], teacher: "encoder.onnx")'],
    parameters: {
      at: place('a tap, or a block such as patch_blocks[8], counted from 1'),
      teacher,
      hidden: number("width of the projector's hidden layers", sizeRange).or(2048),
      weight: number('weight of this term in the loss', nonNegativeRange).or(0.5),
      width: width.or(768),
      tokens: number('number of tokens of the encoder; by default that of the model', sizeRange).orNull(),
      weights,
    },
  },
  features: {
    doc: 'Runs a frozen encoder on the clean images, for an objective that uses its tokens as `encoded()`.',
    examples: ['features(teacher: "encoder.onnx", tokens: 256, width: 768)'],
    parameters: { teacher, tokens: number('number of tokens of the encoder', sizeRange), width, weights },
  },
} satisfies { readonly [name: string]: Choice };

export const align = oneOf('frozen image encoder that the model is aligned with', alignments).orNull();

/** An alignment as it is written, before `weights` are checked against the encoder. */
export type WrittenAlignment = Chosen<ParametersOf<typeof alignments>>;

type Read<W> = W extends WrittenAlignment
  ? Omit<W, 'teacher' | 'weights'> & {
      /** The encoder: an ONNX file, or a model of the language. */
      readonly teacher: string | TeacherModel;
    }
  : never;

export type Alignment = Read<WrittenAlignment>;

/** A model that encodes images, as the recipe's file names it. */
export interface TeacherModel extends ModelCall {
  /** The path of a file, or the word for weights that are downloaded. */
  readonly weights: string;
}
