/** Inputs of a model: from `image(size, channels: 3)`, `scalar`, `class(n)`, `text(width: d)`, `tokens(vocabulary)`, `mask()` or `[n, d]` to graph inputs with canonical names. */
import { suggest } from '../diagnostics/suggest';
import { symbol, type Dim, type Shape } from '../ir/dims';
import { input, type DType, type Value } from '../ir/graph';
import { cast } from '../ops/elementwise';
import type { Argument, Input, NamedTypeNode } from '../syntax/ast';
import type { Context } from './context';
import { need } from './expressions';
import type { ModelInput } from './model';
import { atNominal } from './open-size';
import type { Scope } from './scope';
import { formatType } from './signatures';
import { asDim, describe, tensorValue, type Evaluated, type TensorValue } from './values';

const inputTypes = ['image', 'scalar', 'class', 'text', 'tokens', 'mask'] as const;

export function declareInput(ctx: Context, s: Input, scope: Scope): Evaluated {
  const { type } = s;
  if (type.kind === 'tensor-type') {
    const shape = type.dims.map((e) => {
      const v = need(ctx, e, scope);
      return (
        asDim(v) ??
        ctx.fail('wrong-kind', e.span, { what: 'A size of an input', expected: 'a whole number', found: describe(v) })
      );
    });
    return add(ctx, s.name.name, shape, 'f32', (value) => ({ kind: 'tensor', name: s.name.name, value }));
  }
  if (type.kind !== 'named-type') {
    return ctx.fail('unknown-type', type.span, {
      type: formatType(type),
      suggestion: '',
      types: inputTypes.join(', '),
    });
  }
  switch (type.name.name) {
    case 'image': {
      const shape = imageShape(ctx, type, scope);
      const [channels, height, width] = shape.map((d) => (ctx.openSize ? atNominal(d, ctx.openSize) : (d as number)));
      return add(ctx, canonical(ctx, 'x_t', s), shape, 'f32', (value, name) => ({
        kind: 'image',
        name,
        value,
        channels,
        height,
        width,
      }));
    }
    case 'scalar':
      return add(ctx, canonical(ctx, 't', s), [], 'f32', (value, name) => ({ kind: 'time', name, value }));
    case 'class': {
      const classes = integerArgument(ctx, type, scope, 'classes', 0);
      const label = add(ctx, canonical(ctx, 'y', s), [], 'i32', (value, name) => ({
        kind: 'class',
        name,
        value,
        classes,
      }));
      return { ...label, classes };
    }
    case 'text':
      return declareText(ctx, type, s, scope);
    case 'tokens':
      return declareTokens(ctx, type, s, scope);
    case 'mask':
      return declareMask(ctx, type, s, scope);
    default: {
      const name = type.name.name;
      return ctx.fail('unknown-type', type.name.span, {
        type: name,
        suggestion: suggest(name, [...inputTypes]).join(' or '),
        types: `${inputTypes.join(', ')} and shapes such as [n, d]`,
      });
    }
  }
}

/** `text(length, width, longest: n)`: features of a prompt, one row a token. Without a length the axis is the symbol `text`. */
function declareText(ctx: Context, type: NamedTypeNode, s: Input, scope: Scope): Evaluated {
  const shape = [textLength(ctx, type, scope), integerArgument(ctx, type, scope, 'width', 1)];
  const longest = argumentOf(type, 'longest', 2) ? integerArgument(ctx, type, scope, 'longest', 2) : null;
  return add(ctx, canonical(ctx, 'text', s), shape, 'f32', (value, name) => ({
    kind: 'text',
    name,
    value,
    shape,
    longest,
  }));
}

/** `tokens(vocabulary, length, longest: n)`: the tokens of a text, whole numbers below `vocabulary`. */
function declareTokens(ctx: Context, type: NamedTypeNode, s: Input, scope: Scope): Evaluated {
  const vocabulary = integerArgument(ctx, type, scope, 'vocabulary', 0);
  const length = textLength(ctx, type, scope, 1);
  const longest = argumentOf(type, 'longest', 2) ? integerArgument(ctx, type, scope, 'longest', 2) : null;
  const tokens = add(ctx, canonical(ctx, 'tokens', s), [length], 'i32', (value, name) => ({
    kind: 'tokens',
    name,
    value,
    vocabulary,
    longest,
  }));
  return { ...tokens, classes: vocabulary };
}

/** `mask(length)`: which tokens of the text count, 1 or 0. Whole numbers outside, floats in the language. */
function declareMask(ctx: Context, type: NamedTypeNode, s: Input, scope: Scope): Evaluated {
  const shape = [textLength(ctx, type, scope)];
  const mask = add(ctx, canonical(ctx, 'text_mask', s), shape, 'i32', (value, name) => ({
    kind: 'tensor',
    name,
    value,
  }));
  return tensorValue(cast(mask.value, { dtype: 'f32' }), true);
}

function textLength(ctx: Context, type: NamedTypeNode, scope: Scope, position = 0): Dim {
  return argumentOf(type, 'length', position) ? integerArgument(ctx, type, scope, 'length', position) : symbol('text');
}

/** The canonical name when it is free (`x_t` for the first image), else the name in the spec. */
function canonical(ctx: Context, name: string, s: Input): string {
  return ctx.inputs.some((i) => i.name === name) ? s.name.name : name;
}

function add(
  ctx: Context,
  name: string,
  shape: Shape,
  dtype: DType,
  make: (value: Value, name: string) => ModelInput,
): TensorValue {
  const value = input(name, [ctx.batch, ...shape], dtype);
  ctx.inputs.push(make(value, name));
  return tensorValue(value, true);
}

/** `[channels, height, width]` of `image(size, channels: 3)`. */
export function imageShape(ctx: Context, type: NamedTypeNode, scope: Scope): Shape {
  const given = type.args.find((a) => a.name === null || a.name.name === 'size');
  if (!given)
    return ctx.fail('missing-argument', type.span, {
      callee: 'image',
      argument: 'size',
      signature: 'image(size, channels: 3)',
    });
  const size = need(ctx, given.value, scope);
  const side =
    size.kind === 'number' && size.isInteger
      ? { height: size.value, width: size.value }
      : size.kind === 'size'
        ? size
        : null;
  if (!side)
    return ctx.fail('wrong-kind', given.span, {
      what: '`size` of image',
      expected: 'a Size such as 256x256',
      found: describe(size),
    });
  const hasChannels = type.args.some((a) => a.name?.name === 'channels') || type.args.filter((a) => !a.name).length > 1;
  const channels = hasChannels ? integerArgument(ctx, type, scope, 'channels', 1) : 3;
  return [channels, side.height, side.width];
}

function integerArgument(ctx: Context, type: NamedTypeNode, scope: Scope, name: string, position: number): number {
  const callee = type.name.name;
  const given = argumentOf(type, name, position);
  if (!given) {
    const signature = signatures[callee] ?? `${callee}(${name})`;
    return ctx.fail('missing-argument', type.span, { callee, argument: name, signature });
  }
  const v = need(ctx, given.value, scope);
  if (v.kind === 'number' && v.isInteger && v.value >= 1) return v.value;
  return ctx.fail('wrong-kind', given.span, {
    what: `\`${name}\` of ${callee}`,
    expected: 'an Int of at least 1',
    found: describe(v),
  });
}

const signatures: { readonly [type: string]: string } = { text: 'text(width: d) or text(length, width)' };

function argumentOf(type: NamedTypeNode, name: string, position: number): Argument | undefined {
  return type.args.find((a) => a.name?.name === name) ?? type.args.filter((a) => !a.name)[position];
}
