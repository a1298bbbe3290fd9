/** Op records: one total record per op states its shape rule, gradient, reference meaning and the words every backend uses for it. */
import { Value, scalar, type DType, type NdArray, type TensorType } from '../ir/graph';
import type { Backend, Target, Targets } from './targets';

export type Names = readonly string[];
export type Operand = Value | number;
export type Named<N extends Names, T> = { readonly [K in N[number]]: T };
type Positional<N extends Names, T> = { readonly [K in keyof N]: T };
export type Gradients<N extends Names> = { readonly [K in N[number]]: Value | null };

/** A value with holes: what an op returns when one of its operands is a pattern (see optimize/rewrite.ts). */
export class Pattern extends Value {
  constructor(
    op: AnyOp | null,
    inputs: readonly Value[],
    attrs: object,
    readonly hole: string | null = null,
  ) {
    super(op, inputs, attrs, { shape: [], dtype: 'f32' });
  }
}

/**
 * How one backend says an op: its operator's name when the translation is one to one (same inputs, same order, no
 * attributes), or a function. `type` is the result's type with every dimension bound, save for onnx.
 */
export type Lowering<N extends Names, A, B extends Backend> =
  Targets[B] extends Target<infer V>
    ? string | ((target: Targets[B], v: Named<N, V>, attrs: A, type: TensorType, operands: Named<N, TensorType>) => V)
    : never;

/** A composite's word in a backend: a lowering that may decline (null) where the backend's version lacks the operator. */
export type CompositeLowering<N extends Names, A, B extends Backend> =
  Targets[B] extends Target<infer V>
    ? | 'expand'
      | ((target: Targets[B], v: Named<N, V>, attrs: A, type: TensorType, operands: Named<N, TensorType>) => V | null)
    : never;

interface Common<N extends Names, A> {
  /** One sentence and the formula. */
  readonly doc: string;
  readonly inputs: N;
  /** The result's type; throws `ShapeError` where the operands do not fit. */
  readonly infer: (types: Named<N, TensorType>, attrs: A) => TensorType;
}

export type GradientRule<N extends Names, A> = (
  v: Named<N, Value> & { readonly y: Value; readonly dy: Value },
  attrs: A,
) => Gradients<N>;

/** A primitive states every facet; nothing is optional, so a hole is a compile error. */
export interface Primitive<N extends Names, A> extends Common<N, A> {
  readonly grad: 'none' | GradientRule<N, A>;
  readonly evaluate: (v: Named<N, NdArray>, attrs: A, type: TensorType) => NdArray;
  readonly lower: { readonly [B in Backend]: Lowering<N, A, B> };
}

/** A composite is written in other ops: its meaning follows from `expand`, its gradient too unless a cheaper one is stated. */
export interface Composite<N extends Names, A> extends Common<N, A> {
  readonly expand: (v: Named<N, Value>, attrs: A) => Value;
  readonly grad: 'expand' | GradientRule<N, A>;
  readonly lower: { readonly [B in Backend]: CompositeLowering<N, A, B> };
}

export interface Op<N extends Names = Names, A extends object = object> {
  (...args: object extends A ? [...Positional<N, Operand>, attrs?: A] : [...Positional<N, Operand>, attrs: A]): Value;
  readonly opName: string;
  readonly facets: Primitive<N, A> | Composite<N, A>;
}

/** An op whose operand names and attributes are not known statically; only passes that treat all ops alike use it. */
export interface AnyOp {
  readonly opName: string;
  readonly facets: AnyPrimitive | AnyComposite;
}
export type AnyPrimitive = Primitive<Names, never>;
export type AnyComposite = Composite<Names, never>;

/** Operands do not fit an op. The front end checks before it builds, so from there this is an internal error. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

export function definePrimitive<const N extends Names, A extends object>(
  opName: string,
  facets: Primitive<N, A>,
): Op<N, A> {
  return make(opName, facets);
}

export function defineComposite<const N extends Names, A extends object>(
  opName: string,
  facets: Composite<N, A>,
): Op<N, A> {
  return make(opName, facets);
}

export function isComposite(op: AnyOp): op is AnyOp & { facets: AnyComposite } {
  return 'expand' in op.facets;
}

/** `{ x: values[0], … }` after the op's operand names. */
export function named<T>(names: Names, values: readonly T[]): { readonly [name: string]: T } {
  return Object.fromEntries(names.map((k, i) => [k, values[i]]));
}

/** The same op on other operands, the type inferred again. */
export function rebuild(v: Value, inputs: readonly Value[]): Value {
  if (!v.op || inputs.every((x, i) => x === v.inputs[i])) return v;
  return apply(v.op, inputs, v.attrs, v.scope);
}

export function apply(op: AnyOp, inputs: readonly Value[], attrs: object, scope?: string): Value {
  if (inputs.some((v) => v instanceof Pattern)) return new Pattern(op, inputs, attrs);
  const infer = op.facets.infer as (types: object, attrs: object) => TensorType;
  const types = named(
    op.facets.inputs,
    inputs.map((v) => v.type),
  );
  return new Value(op, inputs, attrs, infer(types, attrs), null, scope);
}

/** A number stands for a scalar constant of the dtype of the other operands. */
export function asValue(x: Operand, dtype: DType = 'f32'): Value {
  return typeof x === 'number' ? scalar(x, dtype) : x;
}

function make<N extends Names, A extends object>(opName: string, facets: Primitive<N, A> | Composite<N, A>): Op<N, A> {
  const op = (...args: unknown[]): Value => {
    const operands = args.slice(0, facets.inputs.length) as Operand[];
    // Conditions and masks say nothing about the numbers beside them.
    const dtype = operands.find((x): x is Value => typeof x !== 'number' && x.dtype !== 'bool')?.dtype;
    const values = operands.map((x) => asValue(x, dtype));
    return apply(self, values, (args[facets.inputs.length] ?? {}) as object);
  };
  const self = Object.assign(op, { opName, facets }) as unknown as Op<N, A> & AnyOp;
  return self;
}
