/** What a word of the language (a built-in function) is, and how its arguments are read. */
// Tested by test/compiler/lower/words/ranges.test.ts.
import type { Bound, Given } from '../../bind/bind-call';
import type { Signature } from '../../bind/signature';
import type { Span } from '../../source';
import type { Dim } from '../../ir/dims';
import type { Context } from '../context';
import { asTensor } from '../arithmetic';
import { asNumbers } from '../tensors';
import { inRange, inSinglePrecision, notWhole } from '../numbers';
import { asDim, describe, type Evaluated, type NumberValue, type TensorValue } from '../values';
import type { ParameterSpec, WordParameter } from './parameter';

export interface Word {
  /** One sentence with the shape rule, shown in the language reference. */
  readonly doc: string;
  readonly signature: WordSignature;
  /** Whether a call can make weights, which its label names. */
  readonly makesWeights: boolean;
  readonly apply: (ctx: Context, args: Arguments) => Evaluated;
}

export interface WordSignature extends Signature {
  readonly parameters: readonly WordParameter[];
}

export interface GivenArgument extends Given {
  readonly value: Evaluated;
}

/** Arguments that a word takes beyond its parameters; see `Signature`. */
type Beyond = Pick<Signature, 'rest' | 'openNames'>;

/** Parameters are in the order in which they may be given without names. */
// eslint-disable-next-line @typescript-eslint/max-params -- written once for every word, in the order it is read
export function word(
  callee: string,
  doc: string,
  parameters: { readonly [name: string]: ParameterSpec },
  apply: Word['apply'],
  beyond: Beyond = {},
): Word {
  return { doc, signature: wordSignature(callee, parameters, beyond), makesWeights: false, apply };
}

/** A word that makes weights under the label of its call. */
export function layer(...parts: Parameters<typeof word>): Word {
  return { ...word(...parts), makesWeights: true };
}

/** The signature of a word, or of a type of input. */
export function wordSignature(
  callee: string,
  parameters: { readonly [name: string]: ParameterSpec },
  beyond: Beyond = {},
): WordSignature {
  const own = Object.entries(parameters).map(([name, spec]): WordParameter => ({
    ...spec,
    name,
    required: spec.default === null,
  }));
  const items = own.map((p) => (p.default === null ? p.name : `${p.name}: ${p.default}`));
  const written = [...(beyond.rest ? [`...${beyond.rest}`] : []), ...items, ...(beyond.openNames ? ['...'] : [])];
  return { callee, written: `${callee}(${written.join(', ')})`, parameters: own, takes: 'arguments', ...beyond };
}

/** Words that are arguments by themselves. */
const standsAlone: ReadonlySet<string> = new Set(['all', 'none', 'zero', 'one', 'xavier', 'fan_in']);

/** The arguments of one call of a word, read by name and kind; a wrong kind is reported at the argument. */
export class Arguments {
  constructor(
    readonly ctx: Context,
    readonly signature: WordSignature,
    readonly span: Span,
    private readonly bound: Bound<GivenArgument>,
  ) {
    for (const p of signature.parameters) this.checkRange(p);
  }

  get callee(): string {
    return this.signature.callee;
  }

  /** Arguments without a name, of a word that takes any number of them. */
  get rest(): readonly GivenArgument[] {
    return this.bound.rest;
  }

  /** Named arguments that match no parameter. */
  get extra(): readonly GivenArgument[] {
    return this.bound.extra;
  }

  has(name: string): boolean {
    return this.bound.given.has(name);
  }

  spanOf(name: string): Span {
    return this.bound.given.get(name)?.span ?? this.span;
  }

  value(name: string): Evaluated | null {
    return this.bound.given.get(name)?.value ?? null;
  }

  /** A tensor of numbers; a number becomes a scalar, true and false become 1 and 0. */
  tensor(name: string): TensorValue {
    const v = this.value(name);
    if (v) inSinglePrecision(this.ctx, v, this.spanOf(name));
    const t = v && asTensor(v);
    return t && t.classes === null ? asNumbers(t) : this.wrongKind(name, 'a tensor');
  }

  number(name: string, fallback?: number): number {
    const v = this.value(name);
    const standard = fallback ?? this.standard(name);
    if (v === null && typeof standard === 'number') return standard;
    return v?.kind === 'number' ? v.value : this.wrongKind(name, 'a number');
  }

  int(name: string, fallback?: number): number {
    const v = this.value(name);
    const standard = fallback ?? this.standard(name);
    if (v === null && typeof standard === 'number') return standard;
    if (v?.kind !== 'number') return this.wrongKind(name, 'an Int');
    return v.isInteger ? v.value : this.notAnInteger(name, v);
  }

  /** A size of an axis: a whole number of at least 1, or symbolic. */
  dim(name: string): Dim {
    const v = this.value(name);
    return (v && asDim(v)) ?? this.wrongKind(name, 'a size of an axis');
  }

  /** A count of entries: a whole number, which may be 0, or symbolic. */
  size(name: string): Dim {
    const v = this.value(name);
    return (v && asDim(v)) ?? this.wrongKind(name, 'a whole number');
  }

  boolean(name: string): boolean {
    const v = this.value(name);
    if (v === null) return this.standard(name) === true;
    return v.kind === 'boolean' ? v.value : this.wrongKind(name, 'true or false');
  }

  string(name: string): string {
    const v = this.value(name);
    return v?.kind === 'string' ? v.value : this.wrongKind(name, 'a String');
  }

  /** An axis of `shape`, counted from the end if negative. */
  axis(name: string, rank: number, shape: string): number {
    const axis = this.int(name);
    if (axis < -rank || axis >= rank) {
      this.ctx.fail('axis-out-of-range', this.spanOf(name), { axis, rank, shape, local: this.hiding(name) });
    }
    return axis < 0 ? axis + rank : axis;
  }

  /** `part` describes the wrong part, if not the whole value is wrong. */
  wrongKind(name: string, expected: string, part?: string): never {
    const v = this.value(name);
    if (v?.kind === 'tensor' && !this.flows(name)) {
      return this.ctx.fail('static-needed', this.spanOf(name), { what: this.nameOf(name), local: this.hiding(name) });
    }
    const found = part ?? (v ? describe(v) : 'missing');
    const facts = { what: this.nameOf(name), expected, found, local: this.hiding(name) };
    return this.ctx.fail('wrong-kind', this.spanOf(name), facts);
  }

  /** The name that is written as an argument, if it is bound by the file and a word that stands alone has it too. */
  private hiding(name: string): string | undefined {
    const { source, start, end } = this.spanOf(name);
    const written = source.text.slice(start, end);
    const kind = this.value(name)?.kind;
    return standsAlone.has(written) && kind !== 'word' && kind !== 'init' ? written : undefined;
  }

  /** Whether a parameter takes values that flow through the model. */
  private flows(name: string): boolean {
    const kind = this.signature.parameters.find((p) => p.name === name)?.kind;
    const flowing = ['tensor', 'label', 'tokens', 'mask', 'indices', 'number or tensor', 'tensors'];
    return kind !== undefined && flowing.includes(kind);
  }

  private standard(name: string): number | boolean | undefined {
    return this.signature.parameters.find((p) => p.name === name)?.value;
  }

  /** Checks that a number is in the range of its parameter. */
  private checkRange({ name, range }: WordParameter): void {
    const v = this.value(name);
    if (!range || v?.kind !== 'number') return;
    if (range.whole && !v.isInteger) this.notAnInteger(name, v);
    inRange(this.ctx, v, { what: this.nameOf(name), span: this.spanOf(name) }, range);
  }

  private nameOf(name: string): string {
    return `\`${name}\` of ${this.callee}`;
  }

  private notAnInteger(name: string, v: NumberValue): never {
    return notWhole(this.ctx, v, this.spanOf(name), this.nameOf(name));
  }
}
