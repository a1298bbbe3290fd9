/** `encode(image, Encoder(width: 32), weights: "encoder.safetensors")`: the whole value of a `given`, by its three parts. */
// Tested by test/train/encoded-givens.test.ts.
import { bindCall, writtenArguments } from '../../bind/bind-call';
import type { Diagnostic } from '../../diagnostics/diagnostic';
import type { Expression } from '../../syntax/ast';
import { expressionsIn } from '../../syntax/items';
import { takes, tensor } from '../words/parameter';
import { word, type Word } from '../words/word';

export interface EncodeCall {
  /** What the encoder is given: an expression, or the pictures of a folder. */
  readonly picture: Expression;
  /** The model, with or without hyper-parameters. */
  readonly model: Expression;
  /** A file of weights, or the folder of a run. */
  readonly weights: string;
}

/** Its record for the reference. It is elaborated with its `given`, so that a call inside of something else is refused. */
export const encodeWord: Word = word(
  'encode',
  'What a frozen model of the language makes of a picture, in every step anew. `weights` is a file, or the folder of a run.',
  {
    picture: tensor('what the encoder gets: `image`, arithmetic with it, or the pictures of a `folder("…")`'),
    model: takes(
      'model',
      'the encoder, with or without hyper-parameters: one input, and an output of the condition’s shape',
    ),
    weights: takes('String', 'its weights, in quotes'),
  },
  (ctx, args) => ctx.fail('paired-alone', args.span, { word: 'encode' }),
);

function isEncode(e: Expression): boolean {
  return e.kind === 'call' && e.callee.kind === 'name' && e.callee.name === 'encode';
}

/** The parts of a whole call; null for anything else, and for a call with something wrong. */
export function encodeCall(value: Expression): EncodeCall | null {
  if (value.kind !== 'call' || !isEncode(value)) return null;
  const { given, diagnostics } = bindCall(encodeWord.signature, writtenArguments(value.args), value.span);
  const [picture, model, weights] = ['picture', 'model', 'weights'].map((name) => given.get(name)?.value);
  if (diagnostics.length > 0 || !picture || !model || weights?.kind !== 'string') return null;
  return isModelCall(model) ? { picture, model, weights: weights.value } : null;
}

function isModelCall(e: Expression): boolean {
  return e.kind === 'name' || (e.kind === 'call' && e.callee.kind === 'name');
}

/** What is wrong with the form of a call that `encodeCall` does not read. */
export function encodeProblems(value: Expression): readonly Diagnostic[] {
  if (value.kind !== 'call') return [];
  return bindCall(encodeWord.signature, writtenArguments(value.args), value.span).diagnostics;
}

/** The calls of `encode` in an expression, the outermost first. */
export function encodesIn(value: Expression): readonly Expression[] {
  return expressionsIn(value).filter(isEncode);
}
