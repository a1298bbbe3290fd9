/** `align = repa(…)`: training pulls tokens inside the model towards those of a frozen image encoder. */
// Tested by test/compiler/sections/alignment.test.ts.
import { nonNegativeRange, sizeRange } from '../bind/number-range';
import { oneOf } from './choices';
import type { Choice, Chosen, ParametersOf } from './field';
import { fileOrModel, number, place, string } from './fields';
import type { ModelCall } from './written';

/** Encoders whose weights are downloaded if they are missing. */
export const fetchedTeachers = ['efficientnet_lite0'] as const;

const alignments = {
  repa: {
    doc: "Tokens at a place come close to a frozen encoder's (arXiv 2410.06940).",
    examples: ['repa(at: blocks[2], teacher: "encoder.onnx")'],
    parameters: {
      at: place('a tap, or a block such as patch_blocks[8], counted from 1'),
      teacher: fileOrModel('the encoder of images', 'an ONNX file'),
      hidden: number("width of the projector's hidden layers", sizeRange).or(2048),
      weight: number('share in the loss', nonNegativeRange).or(0.5),
      width: number("width of the encoder's tokens", sizeRange).or(768),
      tokens: number('their number; as many as the model has by default', sizeRange).orNull(),
      weights: string('of an encoder that is a model', fetchedTeachers).orNull(),
    },
  },
} satisfies { readonly [name: string]: Choice };

export const align = oneOf('a frozen encoder whose tokens those of the model come close to', alignments).orNull();

/** An alignment as it is written, before `weights` are checked against the encoder. */
export type WrittenAlignment = Chosen<ParametersOf<typeof alignments>>;

export interface Alignment extends Omit<WrittenAlignment, 'teacher' | 'weights'> {
  /** The encoder: an ONNX file, or a model of the language. */
  readonly teacher: string | TeacherModel;
}

/** A model that encodes images, as the recipe's file names it. */
export interface TeacherModel extends ModelCall {
  /** The path of a file, or the word for weights that are downloaded. */
  readonly weights: string;
}
