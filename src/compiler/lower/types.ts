/** Types of parameters, inputs and outputs: checks a value against a type, binding dimension variables by unification. */
// Tested by test/compiler/lower/kinds.test.ts.
import { dimsEqual, formatDim, formatShape, type Dim, type Shape } from '../ir/dims';
import type { Expression, NamedTypeNode, TensorTypeNode, TypeNode } from '../syntax/ast';
import type { Span } from '../source';
import { suggest } from '../diagnostics/suggest';
import type { Context } from './context';
import { asTensor } from './arithmetic';
import { notWhole, sidesOf } from './numbers';
import type { Scope } from './scope';
import { formatType, sourceOf } from '../bind/signature';
import { asDim, describe, dimValue, type Evaluated } from './values';

export const typeNames = [
  'Int',
  'Float',
  'Bool',
  'String',
  'Ratio',
  'Size',
  'Block',
  'Init',
  'class',
  'scalar',
  'tokens',
] as const;

export interface Expectation {
  /** `x of DiT`, for messages. */
  readonly what: string;
  readonly type: TypeNode;
  /** The scope in which dimension variables are bound. */
  readonly scope: Scope;
  /** The place where the value was written. */
  readonly span: Span;
}

/** The value converted to its type (an Int becomes a Float if the type is Float); a value that does not fit is reported. */
export function conform(ctx: Context, v: Evaluated, want: Expectation): Evaluated {
  const { type } = want;
  switch (type.kind) {
    case 'tensor-type':
      return conformTensor(ctx, v, type, want);
    case 'choice-type': {
      const words = type.words.map((w) => w.name);
      const name = v.kind === 'word' ? v.name : v.kind === 'string' ? v.value : null;
      if (name !== null && words.includes(name)) return { kind: 'word', name };
      const suggestion = name === null ? '' : suggest(name, words).join(' or ');
      return ctx.fail(
        'unknown-word',
        want.span,
        { what: want.what, found: describe(v), words: words.join(', '), suggestion },
        type.span,
      );
    }
    case 'tuple-type':
      if (v.kind !== 'tuple' || v.items.length !== type.items.length)
        return mismatch(ctx, v, want, `a tuple of ${type.items.length}`);
      return {
        kind: 'tuple',
        items: v.items.map((item, i) => conform(ctx, item, { ...want, type: type.items[i] })),
      };
    case 'named-type':
      return conformNamed(ctx, v, type, want);
  }
}

function conformNamed(ctx: Context, v: Evaluated, type: NamedTypeNode, want: Expectation): Evaluated {
  switch (type.name.name) {
    case 'Int':
      if (v.kind === 'dim' || (v.kind === 'number' && v.isInteger)) return v;
      return v.kind === 'number' ? notWhole(ctx, v, want.span, want.what) : mismatch(ctx, v, want, 'an Int');
    case 'Float':
      return v.kind === 'number' ? { ...v, isInteger: false } : mismatch(ctx, v, want, 'a Float');
    case 'Bool':
      return v.kind === 'boolean' ? v : mismatch(ctx, v, want, 'a Bool');
    case 'String':
      return v.kind === 'string' ? v : mismatch(ctx, v, want, 'a String');
    case 'Ratio':
      return v.kind === 'ratio' ? v : mismatch(ctx, v, want, 'a Ratio such as 256:1');
    case 'Size':
      return sizeValue(ctx, v, want);
    case 'Block':
      return ['block', 'lambda', 'builtin', 'shared', 'recomputed'].includes(v.kind)
        ? v
        : mismatch(ctx, v, want, 'a block or function');
    case 'Init':
      return v.kind === 'init'
        ? v
        : mismatch(ctx, v, want, 'an initial distribution: zero, one, xavier, fan_in or normal(std)');
    case 'class':
      return v.kind === 'tensor' && v.classes !== null && v.shape.length === 0
        ? v
        : mismatch(ctx, v, want, 'a class label');
    case 'tokens':
      return v.kind === 'tensor' && v.classes !== null && v.shape.length === 1
        ? v
        : mismatch(ctx, v, want, 'the tokens of a text');
    case 'scalar': {
      // A number is a scalar too, as it is for words.
      const number = v.kind === 'number' ? asTensor(v) : v;
      return number?.kind === 'tensor' && number.classes === null && number.shape.length === 0
        ? number
        : mismatch(ctx, v, want, 'a scalar tensor');
    }
    default: {
      const name = type.name.name;
      const suggestion = suggest(name, [...typeNames]).join(' or ');
      return ctx.fail('unknown-type', type.name.span, { type: name, suggestion, types: typeNames.join(', ') });
    }
  }
}

/** Height x width, or one whole number for both. */
function sizeValue(ctx: Context, v: Evaluated, want: Expectation): Evaluated {
  const size: Evaluated = v.kind === 'number' && v.isInteger ? { kind: 'size', height: v.value, width: v.value } : v;
  if (size.kind !== 'size') return mismatch(ctx, v, want, 'a Size such as 256x256');
  sidesOf(ctx, size, want.span, want.what);
  return size;
}

/** Types of values that flow through a model; all others are known when it is built. */
const flowing: ReadonlySet<string> = new Set(['class', 'scalar', 'tokens'] satisfies (typeof typeNames)[number][]);

function mismatch(ctx: Context, v: Evaluated, want: Expectation, expected: string): never {
  const { type } = want;
  if (v.kind === 'tensor' && type.kind === 'named-type' && !flowing.has(type.name.name))
    return ctx.fail('static-needed', want.span, { what: want.what });
  return ctx.fail('wrong-kind', want.span, { what: want.what, expected, found: describe(v) }, want.type.span);
}

function conformTensor(ctx: Context, v: Evaluated, type: TensorTypeNode, want: Expectation): Evaluated {
  if (v.kind !== 'tensor' || v.classes !== null) return mismatch(ctx, v, want, `a tensor ${formatType(type)}`);
  const reason = unify(ctx, type, v.shape, want.scope);
  if (reason === null) return v;
  const facts = { what: want.what, expected: formatType(type), found: formatShape(v.shape), reason };
  return ctx.fail('shape-mismatch', want.span, facts, type.span);
}

/** Matches a shape with a tensor type and binds the free names; returns a sentence if the shape does not fit. */
export function unify(ctx: Context, type: TensorTypeNode, shape: Shape, scope: Scope): string | null {
  const rest = type.dims.findIndex(isRest);
  const fixed = rest < 0 ? type.dims : [...type.dims.slice(0, rest), ...type.dims.slice(rest + 1)];
  if (rest < 0 ? shape.length !== fixed.length : shape.length < fixed.length) {
    return `it has ${shape.length} ${shape.length === 1 ? 'axis' : 'axes'} instead of ${fixed.length}${rest < 0 ? '' : ' or more'} (the batch axis is never written)`;
  }
  const skipped = shape.length - fixed.length;
  for (const [i, e] of fixed.entries()) {
    const axis = rest >= 0 && i >= rest ? i + skipped : i;
    const reason = unifyDim(ctx, e, { found: shape[axis], axis }, scope);
    if (reason) return reason;
  }
  return null;
}

function unifyDim(
  ctx: Context,
  e: Expression,
  { found, axis }: { readonly found: Dim; readonly axis: number },
  scope: Scope,
): string | null {
  if (e.kind === 'name' && !scope.own.has(e.name)) {
    scope.bind(e.name, dimValue(found), e.span);
    return null;
  }
  const v = ctx.evaluate(e, scope);
  if (v.kind === 'poison') return null;
  const d = asDim(v);
  if (d === null) return `${sourceOf(e)} is ${describe(v)}, not a size`;
  if (dimsEqual(d, found)) return null;
  const meaning = e.kind === 'number' ? '' : `${sourceOf(e)} is ${formatDim(d)}, but `;
  return `${meaning}axis ${axis} is ${formatDim(found)}${e.kind === 'number' ? ` instead of ${formatDim(d)}` : ''}`;
}

/** `...`: any number of leading axes. */
function isRest(e: Expression): boolean {
  return e.kind === 'name' && e.name === '...';
}
