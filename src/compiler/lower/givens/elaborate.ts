/** Turns `given low = downsample(image, 4)` into the value that a training step feeds to an input, from clean images and draws. */
// Tested by test/train/givens.test.ts.
import { bindWithoutFile } from '../../bind/bind';
import { Poisoned, type Context } from '../context';
import { words } from '../words/index';
import { dimsEqual, formatShape } from '../../ir/dims';
import { input, scalar, type Value } from '../../ir/graph';
import { cast } from '../../ops/elementwise';
import { broadcastTo, reshape } from '../../ops/movement';
import { diagnose, type Diagnostic } from '../../diagnostics/diagnostic';
import { suggest } from '../../diagnostics/suggest';
import { Source, type Span } from '../../source';
import type { Expression, Identifier } from '../../syntax/ast';
import { newContext } from '../interpreter';
import { evaluated } from '../evaluated';
import type { ModelGraph, ModelInput } from '../model';
import { NameScope } from '../../bind/scope';
import { Scope } from '../scope';
import { withBatch } from '../tensors';
import { describe, tensorValue, type Evaluated } from '../values';
import { conditionsOf } from './conditions';
import { encodeCall, encodeProblems, encodesIn, type EncodeCall } from './encode-call';
import { encoded, encoderImage, type Encoder } from './encoded';
import { fedFrom, pairedFolder } from './paired';
import { givenWords } from './words';

/** `given name = value` as it is written. */
export interface WrittenGiven {
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: Expression;
  /** The model that `encode` names; null if it has errors, which are reported elsewhere. */
  readonly encoder?: Encoder | null;
}

export interface ElaboratedGivens {
  /** By the input's name, `[batch, …]` in its shape; the input itself if its pictures come from a folder. */
  readonly values: ReadonlyMap<string, Value>;
  /** The inputs for pictures from a folder that an encoder gets, beside those of the model. */
  readonly pictures: readonly Value[];
  readonly diagnostics: readonly Diagnostic[];
  /** The number of the next stream that no given uses. */
  readonly nextStream: () => number;
}

/** The first stream of these draws, above those of times, noise, labels and texts. Streams are further apart than a run has steps. */
const firstStream = 4 * 2 ** 28;
const streamsApart = 2 ** 24;

/** The values that conditions are made of. */
export interface GivenSources {
  /** The clean images. */
  readonly x0: Value;
  /** i32 [2]: the seed of the run, and the number of the step. */
  readonly seed: Value;
  /** Whether other conditions use this condition as it is fed to the model's input, and not the value made for it here. */
  readonly isFed?: (name: string) => boolean;
}

export function elaborateGivens(
  model: ModelGraph,
  givens: readonly WrittenGiven[],
  { x0, seed, isFed = () => false }: GivenSources,
): ElaboratedGivens {
  const conditions = conditionsOf(model);
  const targets = new Map(conditions.map((i) => [i.name, i]));
  const scope = scopeOf(model, x0);
  const known = new NameScope();
  for (const [name, { span }] of scope.own) known.bind(name, 'parameter', span);
  const { names, bindLoose } = bindWithoutFile(words);
  let draws = 0;
  const nextStream = (): number => firstStream + streamsApart * draws++;
  const ctx = newContext(names, { batch: x0.shape[0], draws: { seed, nextStream } });
  const values = new Map<string, Value>();
  const pictures: Value[] = [];
  for (const given of givens) {
    const target = targets.get(given.name);
    const fed = ctx.guard(() => {
      if (!target) return ctx.failWith(unknownGiven(model, { name: given.name, span: given.nameSpan }));
      const encode = readEncode(ctx, given.value);
      const picture = encode && pictureInput(given, target);
      if (picture) pictures.push(picture);
      const read = encode?.picture ?? given.value;
      const own = givenWords({
        seed,
        nextStream,
        side: { height: Number(x0.shape[2]), width: Number(x0.shape[3]) },
        paired: pairedFolder(read) && (picture ?? target.value),
      });
      const inner = new Scope(scope);
      const locals = new NameScope(known);
      for (const [name, word] of own) {
        inner.bind(name, { kind: 'builtin', name, word }, given.nameSpan);
        locals.bind(name, 'parameter', given.nameSpan);
      }
      for (const d of bindLoose({ value: read, locals })) ctx.add(d);
      if (encode && !given.encoder) throw new Poisoned();
      const found = ctx.need(read, inner);
      const value =
        encode && given.encoder
          ? encoded(ctx, target, found, { call: encode, encoder: given.encoder })
          : fitted(ctx, target, found, { name: given.name, span: given.value.span });
      values.set(given.name, value);
      return tensorValue(isFed(given.name) ? target.value : value, true);
    });
    scope.bind(given.name, fed, given.nameSpan);
    known.bind(given.name, 'parameter', given.nameSpan);
  }
  return { values, pictures, diagnostics: ctx.diagnostics, nextStream };
}

/** The call of `encode` that a given is; null for another given. A call that is wrong, or inside of something else, is reported. */
function readEncode(ctx: Context, value: Expression): EncodeCall | null {
  const [first] = encodesIn(value);
  if (!first) return null;
  const { span } = first;
  if (first !== value) return ctx.fail('paired-alone', span, { word: 'encode' });
  const call = encodeCall(value);
  if (call) return call;
  const [problem] = encodeProblems(value);
  if (problem) return ctx.failWith(problem);
  const expected = 'a picture, a model and its weights in quotes';
  return ctx.fail('wrong-kind', span, { what: '`encode`', expected, found: 'something else' });
}

/** The input for the pictures of a folder that an encoder gets; null where it gets something else. */
function pictureInput({ name, value, encoder }: WrittenGiven, { value: { shape } }: ModelInput): Value | null {
  const fed = fedFrom(name, value);
  const image = encoder ? encoderImage(encoder.model) : null;
  return fed && image ? input(fed.fed, [shape[0], ...image.shape.slice(1)], image.dtype) : null;
}

function scopeOf(model: ModelGraph, x0: Value): Scope {
  const scope = hyperparameterScope(model);
  scope.bind('image', tensorValue(x0, true), nowhere);
  return scope;
}

const nowhere: Span = { source: new Source('given', ''), start: 0, end: 0 };

/** The hyper-parameters of a model by name. */
export function hyperparameterScope({ hyperparameters }: Pick<ModelGraph, 'hyperparameters'>): Scope {
  const scope = new Scope();
  for (const [name, value] of Object.entries(hyperparameters)) scope.bind(name, evaluated(value), nowhere);
  return scope;
}

/** The value in the input's shape. A single number, or one number for each image, is repeated to any shape. */
export function fitted(
  ctx: Context,
  target: ModelInput,
  found: Evaluated,
  { name, span }: { readonly name: string; readonly span: Span },
): Value {
  const wanted = target.value.shape;
  const typed = (v: Value): Value => (target.value.dtype === 'f32' ? v : cast(v, { dtype: target.value.dtype }));
  if (found.kind === 'number') return typed(broadcastTo(scalar(found.value), { shape: wanted }));
  if (found.kind !== 'tensor' || found.classes !== null) {
    const expected = `a number or a tensor ${formatShape(wanted.slice(1))}`;
    return ctx.fail('wrong-kind', span, { what: `\`${name}\``, expected, found: describe(found) });
  }
  const shape = found.shape;
  if (shape.length === 0) {
    const ones = reshape(withBatch(ctx, found), { shape: wanted.map((d, i) => (i === 0 ? d : 1)) });
    return typed(broadcastTo(ones, { shape: wanted }));
  }
  const fits = shape.length === wanted.length - 1 && shape.every((d, i) => dimsEqual(d, wanted[i + 1]));
  if (fits) return typed(withBatch(ctx, found));
  return ctx.fail('given-shape', span, { name, expected: formatShape(wanted.slice(1)), found: formatShape(shape) });
}

/** The diagnostic for a name that is not a condition of the model. */
export function unknownGiven(
  model: ModelGraph,
  { name, span }: Identifier,
  names: readonly string[] = conditionsOf(model).map((i) => i.name),
): Diagnostic {
  const facts = { model: model.name, name, suggestion: suggest(name, names).join(' or '), known: names.join(', ') };
  return diagnose('unknown-given', span, facts);
}
