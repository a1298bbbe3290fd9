/** Inputs of a model: from `image(size, channels: 3)`, `scalar`, `time(noise: 0, data: 1)`, `class(n)`, `text(width: d)`, `tokens(vocabulary)`, `mask()` or `[n, d]` to graph inputs with canonical names. */
// Tested by test/diagnostics/cases.test.ts.
import { suggest } from '../diagnostics/suggest';
import { symbol, type Dim, type Shape, staticDim } from '../ir/dims';
import { input, type DType, type Value } from '../ir/graph';
import { namedPaths, type StatedTime } from './conventions';
import { cast } from '../ops/elementwise';
import type { Input, NamedTypeNode } from '../syntax/ast';
import type { Context } from './context';
import { inputTypes, isInputType, TypeArguments, type InputTypeName } from './input-types';
import type { ModelInput } from './model';
import { sizeOf } from './numbers';
import { atNominal } from './open-size';
import type { Scope } from './scope';
import { formatType } from '../bind/signature';
import { tensorValue, type Evaluated, type TensorValue } from './values';

export function declareInput(ctx: Context, s: Input, scope: Scope): Evaluated {
  const { type } = s;
  const name = s.name.name;
  if (type.kind === 'tensor-type') {
    const shape = type.dims.map((e) => sizeOf(ctx, ctx.need(e, scope), e.span, `A size of input ${name}`));
    return add(ctx, { name: named(ctx, s, name), shape, dtype: 'f32' }, (value) => ({ kind: 'tensor', name, value }));
  }
  if (type.kind !== 'named-type') {
    const types = Object.keys(inputTypes).join(', ');
    return ctx.fail('unknown-type', type.span, { type: formatType(type), suggestion: '', types });
  }
  if (!isInputType(type.name.name)) return unknownInputType(ctx, type);
  const { signature } = inputTypes[type.name.name];
  return declare[type.name.name](ctx, s, new TypeArguments(ctx, type, scope, signature));
}

function unknownInputType(ctx: Context, { name: { name, span } }: NamedTypeNode): never {
  const known = Object.keys(inputTypes);
  return ctx.fail('unknown-type', span, {
    type: name,
    suggestion: suggest(name, known).join(' or '),
    types: `${known.join(', ')} and shapes such as [n, d]`,
  });
}

type Declare = (ctx: Context, s: Input, args: TypeArguments) => Evaluated;

/** The path of a time, by its name or by rates of noise. */
function statedPath(ctx: Context, args: TypeArguments): Pick<StatedTime, 'path' | 'betas'> {
  if (!args.has('betas')) return { path: args.has('path') ? args.word('path', namedPaths) : 'straight' };
  if (args.has('path')) ctx.fail('path-twice', args.spanOf('path'), {}, args.spanOf('betas'));
  return { path: 'betas', betas: args.rates('betas') };
}

const declare: { readonly [T in InputTypeName]: Declare } = {
  image: (ctx, s, args) => {
    const shape = imageShape(args);
    const [channels, height, width] = shape.map((d) => (ctx.openSize ? atNominal(d, ctx.openSize) : staticDim(d)));
    const make = (value: Value, name: string): ModelInput => ({ kind: 'image', name, value, channels, height, width });
    const name = named(ctx, s, s.name.name === ctx.main.image ? 'x_t' : s.name.name);
    return add(ctx, { name, shape, dtype: 'f32' }, make);
  },
  scalar: (ctx, s) => {
    const name = named(ctx, s, s.name.name === ctx.main.time ? 't' : s.name.name);
    return add(ctx, { name, shape: [], dtype: 'f32' }, (value) => ({
      kind: name === 't' ? 'time' : 'tensor',
      name,
      value,
    }));
  },
  time: (ctx, s, args) => {
    const scale = { noise: args.number('noise'), data: args.number('data') };
    if (scale.noise === scale.data)
      ctx.fail('time-stands-still', args.spanOf('data'), { at: String(scale.data) }, args.spanOf('noise'));
    if (ctx.inputs.get('t')?.kind === 'time') ctx.fail('two-times', s.name.span, { name: s.name.name });
    ctx.time = { scale, ...statedPath(ctx, args), span: s.span };
    return add(ctx, { name: named(ctx, s, 't'), shape: [], dtype: 'f32' }, (value, name) => ({
      kind: 'time',
      name,
      value,
    }));
  },
  class: (ctx, s, args) => {
    const classes = args.int('classes');
    const make = (value: Value, name: string): ModelInput => ({ kind: 'class', name, value, classes });
    return { ...add(ctx, { name: canonical(ctx, s, 'y', 'class'), shape: [], dtype: 'i32' }, make), classes };
  },
  // Features of a prompt, one row for each token.
  text: (ctx, s, args) => {
    const shape = [textLength(args), args.int('width')];
    const make = (value: Value, name: string): ModelInput => ({
      kind: 'text',
      name,
      value,
      shape,
      longest: longest(args),
    });
    return add(ctx, { name: canonical(ctx, s, 'text', 'text'), shape, dtype: 'f32' }, make);
  },
  tokens: (ctx, s, args) => {
    const vocabulary = args.int('vocabulary');
    const make = (value: Value, name: string): ModelInput => ({
      kind: 'tokens',
      name,
      value,
      vocabulary,
      longest: longest(args),
    });
    const name = canonical(ctx, s, 'tokens', 'tokens');
    return { ...add(ctx, { name, shape: [textLength(args)], dtype: 'i32' }, make), classes: vocabulary };
  },
  // Callers pass whole numbers; the language sees floats.
  mask: (ctx, s, args) => {
    const make = (value: Value, name: string): ModelInput => ({ kind: 'tensor', name, value });
    const name = canonical(ctx, s, 'text_mask', 'tensor');
    const mask = add(ctx, { name, shape: [textLength(args)], dtype: 'i32' }, make);
    return tensorValue(cast(mask.value, { dtype: 'f32' }), true);
  },
};

/** The number of tokens; the symbol `text` if no length is given. */
function textLength(args: TypeArguments): Dim {
  return args.has('length') ? args.int('length') : symbol('text');
}

function longest(args: TypeArguments): number | null {
  if (!args.has('longest')) return null;
  const longest = args.int('longest');
  if (args.has('length') && longest !== args.int('length')) {
    args.outOfRange('longest', `left out, as every text has the \`length\` ${args.int('length')}`);
  }
  return longest;
}

/** `[channels, height, width]` of `image(size, channels: 3)`. */
export function imageShape(args: TypeArguments): Shape {
  return [args.has('channels') ? args.int('channels') : 3, ...args.sides('size')];
}

/** The canonical name for the first input of a kind (`y` for the first class); for later ones, the name in the spec. */
function canonical(ctx: Context, s: Input, name: string, kind: ModelInput['kind']): string {
  return named(ctx, s, ctx.inputs.get(name)?.kind === kind ? s.name.name : name);
}

/** The name, after a check that no earlier input has it: programs tell inputs apart by name. */
function named(ctx: Context, s: Input, name: string): string {
  if (ctx.inputs.has(name)) ctx.fail('input-name-taken', s.name.span, { written: s.name.name, name });
  ctx.inputNames.set(s, name);
  return name;
}

/** An input with one entry for each image of a batch; `shape` is without the batch axis. */
interface Added {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

function add(
  ctx: Context,
  { name, shape, dtype }: Added,
  make: (value: Value, name: string) => ModelInput,
): TensorValue {
  const value = input(name, [ctx.batch, ...shape], dtype);
  ctx.inputs.set(name, make(value, name));
  return tensorValue(value, true);
}
