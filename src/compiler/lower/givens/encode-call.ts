/** `encode(image, Encoder(width: 32), weights: "encoder.safetensors")`: the whole value of a `given`, by its three parts. */
// Tested by test/train/encoded-givens.test.ts.
import { bindCall, writtenArguments } from '../../bind/bind-call';
import { diagnose, type Diagnostic } from '../../diagnostics/diagnostic';
import { isPackaged, packagedWeights } from '../../recipe/packaged';
import type { Expression } from '../../syntax/ast';
import { expressionsIn } from '../../syntax/items';
import { takes, tensor } from '../words/parameter';
import { word, type Word } from '../words/word';

export interface EncodeCall {
  /** What the encoder is given: an expression, or the pictures of a folder. */
  readonly picture: Expression;
  /** The model, with or without hyper-parameters. */
  readonly model: Expression;
  /** A file of weights, the folder of a run, or the name of packaged weights. */
  readonly weights: string;
}

/** Its record for the reference. It is elaborated with its `given`, so that a call inside of something else is refused. */
export const encodeWord: Word = word(
  'encode',
  'What a frozen model of the language makes of a picture, in every step anew. The picture is brought to the size of the model bilinearly, where its form stays. `weights` is a file, the folder of a run, or the name of a packaged encoder.',
  {
    picture: tensor('what the encoder gets: `image`, arithmetic with it, or the pictures of a `folder("…")`'),
    model: takes(
      'model',
      'the encoder, with or without hyper-parameters: one input, and an output of the condition’s shape',
    ),
    weights: takes('String', `its weights in quotes, or ${packagedWeights.join(', ')}`),
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
  const written = weights && weightsOf(weights);
  if (diagnostics.length > 0 || !picture || !model || typeof written !== 'string') return null;
  return isModelCall(model) ? { picture, model, weights: written } : null;
}

function isModelCall(e: Expression): boolean {
  return e.kind === 'name' || (e.kind === 'call' && e.callee.kind === 'name');
}

/** The file of weights or the packaged name that is written; null for anything else. */
function weightsOf(e: Expression): string | null {
  if (e.kind === 'name') return isPackaged(e.name) ? e.name : null;
  return e.kind === 'string' ? e.value : null;
}

/** What is wrong with the form of a call that `encodeCall` does not read. */
export function encodeProblems(value: Expression): readonly Diagnostic[] {
  if (value.kind !== 'call') return [];
  const { given, diagnostics } = bindCall(encodeWord.signature, writtenArguments(value.args), value.span);
  const weights = given.get('weights')?.value;
  if (diagnostics.length > 0 || !weights || weightsOf(weights) !== null) return diagnostics;
  const expected = `a file in quotes, or ${packagedWeights.join(', ')}`;
  const found = weights.kind === 'name' ? `the name ${weights.name}` : 'something else';
  return [diagnose('wrong-kind', weights.span, { what: '`weights` of encode', expected, found })];
}

/** The calls of `encode` in an expression, the outermost first. */
export function encodesIn(value: Expression): readonly Expression[] {
  return expressionsIn(value).filter(isEncode);
}
