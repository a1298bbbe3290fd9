/** What a word of the language (a built-in function) is, and how its arguments are read. */
import type { Span } from '../../source';
import type { Dim } from '../../ir/dims';
import type { Context } from '../context';
import { asTensor } from '../arithmetic';
import { asDim, describe, formatNumber, type Evaluated, type NumberValue, type TensorValue } from '../values';

export interface WordParameter {
  readonly name: string;
  readonly required: boolean;
}

export interface Word {
  /** One sentence with the shape rule; shown by the language reference. */
  readonly doc: string;
  /** As written in the reference: `linear(x, out, bias: true, init: default)`. */
  readonly signature: string;
  readonly parameters: readonly WordParameter[];
  /** Takes any number of positional arguments, read by `args.rest`. */
  readonly variadic: boolean;
  readonly apply: (ctx: Context, args: Arguments) => Evaluated;
}

export interface GivenArgument {
  readonly value: Evaluated;
  readonly span: Span;
}

/** `x, out, bias?` → required x and out, optional bias; a leading `...` makes the word variadic. */
export function word(signature: string, doc: string, apply: Word['apply']): Word {
  const inside = signature.slice(signature.indexOf('(') + 1, signature.lastIndexOf(')'));
  const items = inside
    .split(/,(?![^[(]*[\])])/)
    .map((s) => s.trim())
    .filter(Boolean);
  const parameters = items
    .filter((s) => !s.startsWith('...'))
    .map((s) => ({ name: s.split(':')[0].trim(), required: !s.includes(':') }));
  return { signature, doc, parameters, variadic: items.some((s) => s.startsWith('...')), apply };
}

/** The arguments of one call of a word, read by name and kind; a wrong kind is reported at the argument. */
export class Arguments {
  constructor(
    readonly ctx: Context,
    readonly callee: string,
    readonly span: Span,
    private readonly given: ReadonlyMap<string, GivenArgument>,
    /** Positional arguments beyond the named parameters of a variadic word. */
    readonly rest: readonly GivenArgument[],
    /** Named arguments of a variadic word that are not among its parameters. */
    readonly extra: readonly (GivenArgument & { readonly name: string })[],
  ) {}

  has(name: string): boolean {
    return this.given.has(name);
  }

  spanOf(name: string): Span {
    return this.given.get(name)?.span ?? this.span;
  }

  value(name: string): Evaluated | null {
    return this.given.get(name)?.value ?? null;
  }

  /** A tensor; numbers become scalars. */
  tensor(name: string): TensorValue {
    const v = this.value(name);
    const t = v && asTensor(v);
    return t && t.classes === null ? t : this.wrongKind(name, 'a tensor');
  }

  number(name: string, fallback?: number): number {
    const v = this.value(name);
    if (v === null && fallback !== undefined) return fallback;
    return v?.kind === 'number' ? v.value : this.wrongKind(name, 'a number');
  }

  int(name: string, fallback?: number): number {
    const v = this.value(name);
    if (v === null && fallback !== undefined) return fallback;
    if (v?.kind !== 'number') return this.wrongKind(name, 'an Int');
    return v.isInteger ? v.value : this.notAnInteger(name, v);
  }

  /** A size of an axis: a whole number of at least 1, or symbolic. */
  dim(name: string): Dim {
    const v = this.value(name);
    const d = v && asDim(v);
    if (d !== null && d !== 0) return d;
    return v?.kind === 'number' ? this.notAnInteger(name, v) : this.wrongKind(name, 'a size of an axis');
  }

  /** A count of entries: a whole number, which may be 0, or symbolic. */
  size(name: string): Dim {
    const v = this.value(name);
    return (v && asDim(v)) ?? this.wrongKind(name, 'a whole number');
  }

  boolean(name: string, fallback: boolean): boolean {
    const v = this.value(name);
    if (v === null) return fallback;
    return v.kind === 'boolean' ? v.value : this.wrongKind(name, 'true or false');
  }

  string(name: string): string {
    const v = this.value(name);
    return v?.kind === 'string' ? v.value : this.wrongKind(name, 'a String');
  }

  /** An axis of `shape`, counted from the end when negative. */
  axis(name: string, rank: number, shape: string, fallback: number): number {
    const axis = this.int(name, fallback);
    if (axis < -rank || axis >= rank) this.ctx.fail('axis-out-of-range', this.spanOf(name), { axis, rank, shape });
    return axis < 0 ? axis + rank : axis;
  }

  wrongKind(name: string, expected: string): never {
    const v = this.value(name);
    if (v?.kind === 'tensor' && expected !== 'a tensor') {
      return this.ctx.fail('static-needed', this.spanOf(name), { what: `\`${name}\` of ${this.callee}` });
    }
    const found = v ? describe(v) : 'missing';
    return this.ctx.fail('wrong-kind', this.spanOf(name), { what: `\`${name}\` of ${this.callee}`, expected, found });
  }

  private notAnInteger(name: string, v: NumberValue): never {
    const what = `\`${name}\` of ${this.callee}`;
    const found =
      v.value < 1 && v.isInteger ? `it is ${formatNumber(v)}, which is less than 1` : `it is ${formatNumber(v)}`;
    const nearest =
      Number.isFinite(v.value) && !v.isInteger
        ? `The nearest whole numbers are ${Math.floor(v.value)} and ${Math.ceil(v.value)}.`
        : '';
    return this.ctx.fail('not-an-integer', this.spanOf(name), { what, found, nearest });
  }
}
