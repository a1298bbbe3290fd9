/** The types of a model's inputs, such as `image(size, channels: 3)`: their arguments, and how these are read. */
// Tested by test/diagnostics/cases.test.ts.
import { bindCall, writtenArguments, type Bound, type WrittenArgument } from '../bind/bind-call';
import { sizeRange } from '../bind/number-range';
import { sourceOf, type Signature } from '../bind/signature';
import type { Dim } from '../ir/dims';
import type { Span } from '../source';
import type { NamedTypeNode } from '../syntax/ast';
import { Poisoned, type Context } from './context';
import { inRange, sidesOf, sizeOf } from './numbers';
import type { Scope } from './scope';
import { isTable, numbersOf, openIn } from './tables';
import { describe, formatStatic, type Evaluated } from './values';
import { isWalked, namedPaths, predictions } from './conventions';
import { suggest } from '../diagnostics/suggest';
import { axisSize, float, int, takes, type ParameterSpec } from './words/parameter';
import { wordSignature, type WordSignature } from './words/word';
import { held } from '../invariant';

export interface InputType {
  readonly doc: string;
  readonly signature: WordSignature;
}

const length = takes('axis size', 'tokens per text; any number if it is left out', 'open');
const longest = takes('Int', 'longer texts are cut to this length', 'none');

const image = {
  size: takes('Size', 'height x width, or one number for both'),
  channels: int('values of a pixel', sizeRange, 3),
};

/** The types of inputs, in the order in which messages list them. */
export const inputTypes = {
  image: inputType(
    'image',
    'An image [channels, height, width]. The first image of a model is the noisy image.',
    image,
  ),
  scalar: inputType(
    'scalar',
    'One number per image. The first scalar of a model is the time, 0 at the noise and 1 at the data.',
    {},
  ),
  time: inputType('time', 'The time, one number per image, with its values at the noise and at the data.', {
    noise: float('time of pure noise'),
    data: float('time of data'),
    path: takes(
      'word',
      `how noise and data are mixed between the two: ${namedPaths.filter(isWalked).join(', ')}; models on ${namedPaths.filter((p) => !isWalked(p)).join(' or ')} are neither trained nor sampled`,
      'straight',
    ),
    betas: takes(
      'tensor',
      'in place of `path`: the rates of noise of DDPM, one for each whole step from the data to the noise, a table or a list in brackets',
      'none',
    ),
  }),
  class: inputType('class', 'A class label; index `classes` stands for "no class".', {
    classes: axisSize('how many classes there are'),
  }),
  text: inputType('text', 'Features of a text, [length, width].', {
    length,
    width: axisSize('width of the features of a token'),
    longest,
  }),
  tokens: inputType('tokens', 'Tokens of a text, [length], whole numbers below `vocabulary`.', {
    vocabulary: axisSize('how many tokens there are'),
    length,
    longest,
  }),
  mask: inputType('mask', 'Which tokens of a text count, [length], 1 or 0.', { length }),
} as const;

/** The types of outputs that have a name; other outputs are declared by a shape. */
export const outputTypes = {
  image: inputType('image', 'An image [channels, height, width].', {
    ...image,
    predicts: takes('word', `what the output predicts: ${predictions.join(', ')}; by default its name says it`, 'none'),
  }),
  scalar: inputType('scalar', 'One number for each image.', {}),
} as const;

export type InputTypeName = keyof typeof inputTypes;

export function isInputType(name: string): name is InputTypeName {
  return Object.hasOwn(inputTypes, name);
}

function inputType(name: string, doc: string, parameters: { readonly [name: string]: ParameterSpec }): InputType {
  return { doc, signature: wordSignature(name, parameters) };
}

/** The arguments of a type, matched with its parameters and read one by one. */
export class TypeArguments {
  private readonly given: Bound<WrittenArgument>['given'];
  private readonly callee: string;

  constructor(
    private readonly ctx: Context,
    type: NamedTypeNode,
    private readonly scope: Scope,
    signature: Signature,
  ) {
    const { given, diagnostics } = bindCall(signature, writtenArguments(type.args), type.span);
    for (const d of diagnostics) ctx.add(d);
    if (diagnostics.length > 0) throw new Poisoned();
    this.given = given;
    this.callee = signature.callee;
  }

  has(name: string): boolean {
    return this.given.has(name);
  }

  /** A whole number of at least 1 that is known when the model is built. */
  int(name: string): number {
    const { what, span, value } = this.read(name);
    const d = sizeOf(this.ctx, value, span, what);
    if (typeof d === 'number') return d;
    return this.ctx.fail('wrong-kind', span, { what, expected: 'an Int of at least 1', found: describe(value) });
  }

  /** Any number that is known when the model is built. */
  number(name: string): number {
    const { what, span, value } = this.read(name);
    if (value.kind === 'number') return inRange(this.ctx, value, { what, span }, {});
    return this.ctx.fail('wrong-kind', span, { what, expected: 'a number', found: describe(value) });
  }

  /** At least two numbers above 0 and below 1 that are known when the model is built: a table [n], or a list. */
  rates(name: string): readonly number[] {
    const { what, span, value } = this.read(name);
    const expected = 'a table [n] of at least two numbers that depends on no input and no weight, or a list of them';
    const wrong = (): never => this.ctx.fail('wrong-kind', span, { what, expected, found: describe(value) });
    const numbers =
      value.kind === 'list'
        ? value.items.map((item) => (item.kind === 'number' ? item.value : wrong()))
        : value.kind === 'tensor' && value.shape.length === 1 && isTable(value) && !openIn(value)
          ? [...numbersOf(this.ctx, value, span).data]
          : wrong();
    if (numbers.length < 2) wrong();
    const at = numbers.findIndex((x) => !(x > 0 && x < 1));
    if (at >= 0) {
      const facts = { what: `Number ${at} of ${what}`, found: String(numbers[at]), range: 'above 0 and below 1' };
      this.ctx.fail('out-of-range', span, facts);
    }
    return numbers;
  }

  /** One of the given words, which stand for themselves and are not looked up as names. */
  word<W extends string>(name: string, words: readonly W[]): W {
    const { value: e, span } = held(this.given, name);
    const written = e.kind === 'name' ? e.name : e.kind === 'string' ? e.value : null;
    const found = words.find((w) => w === written);
    if (found !== undefined) return found;
    const suggestion = written === null ? '' : suggest(written, words).join(' or ');
    const facts = {
      what: `\`${name}\` of ${this.callee}`,
      found: `\`${sourceOf(e)}\``,
      words: words.join(', '),
      suggestion,
    };
    return this.ctx.fail('unknown-word', span, facts);
  }

  /** Reports a number that contradicts another argument; `range` says what it must be. */
  outOfRange(name: string, range: string): never {
    const { what, span, value } = this.read(name);
    return this.ctx.fail('out-of-range', span, { what, found: formatStatic(value), range });
  }

  spanOf(name: string): Span {
    return held(this.given, name).span;
  }

  /** A list of sizes of axes. */
  shape(name: string): readonly Dim[] {
    const { what, span, value } = this.read(name);
    if (value.kind === 'list') return value.items.map((item) => sizeOf(this.ctx, item, span, `A size in ${what}`));
    return this.ctx.fail('wrong-kind', span, {
      what,
      expected: 'a list of sizes such as [n, 1]',
      found: describe(value),
    });
  }

  /** Height and width in pixels: whole numbers of at least 1, or open. */
  sides(name: string): readonly [height: Dim, width: Dim] {
    const { what, span, value } = this.read(name);
    const size: Evaluated =
      value.kind === 'number' && value.isInteger ? { kind: 'size', height: value.value, width: value.value } : value;
    if (size.kind === 'size') return sidesOf(this.ctx, size, span, what);
    return this.ctx.fail('wrong-kind', span, { what, expected: 'a Size such as 256x256', found: describe(value) });
  }

  private read(name: string): { readonly what: string; readonly span: Span; readonly value: Evaluated } {
    const { span, value } = held(this.given, name);
    return { what: `\`${name}\` of ${this.callee}`, span, value: this.ctx.need(value, this.scope) };
  }
}
