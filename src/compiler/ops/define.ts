/** Op records: one total record per op states its shape rule, gradient, reference evaluation, cost, traits and its word in every dialect. */
import { Value, scalar, type DType, type NdArray, type TensorType } from '../ir/graph';
import { invariant } from '../invariant';
import type { Flops } from './cost';
import { byPosition } from './by-position';
import type { Dialect, Dialects } from './targets';
import type { Traits } from './traits';

export type Names = readonly string[];
export type Operand = Value | number;
export type Named<N extends Names, T> = { readonly [K in N[number]]: T };
type Positional<N extends Names, T> = { readonly [K in keyof N]: T };
export type Gradients<N extends Names> = { readonly [K in N[number]]: Value | null };

/** A value with holes: the result of an op if one of its operands is a pattern (see optimize/rewrite.ts). */
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

/** The types of the operands, and of the result as `y`; every dimension is a number, except for ONNX. */
export type Types<N extends Names> = Named<N, TensorType> & { readonly y: TensorType };

/**
 * The lowering of an op in a dialect: its operator's name if the translation is one to one (same inputs, same order, no
 * attributes), or a function.
 */
export type Lowering<N extends Names, A, D extends Dialect> =
  Dialects[D]['name'] | Translation<N, A, D, Dialects[D]['value']>;

/** A composite's lowering in a dialect; it may decline (null) if the dialect's version lacks the operator. */
export type CompositeLowering<N extends Names, A, D extends Dialect> =
  'expand' | Translation<N, A, D, Dialects[D]['value'] | null>;

type Translation<N extends Names, A, D extends Dialect, R> = (
  target: Dialects[D]['target'],
  v: Named<N, Dialects[D]['value']>,
  attrs: A,
  types: Types<N>,
) => R;

interface Common<N extends Names, A> {
  /** One sentence and the formula. */
  readonly doc: string;
  readonly inputs: N;
  readonly traits: Traits;
  /** The result's type; throws `ShapeError` if the operands do not fit. */
  readonly infer: (types: Named<N, TensorType>, attrs: A) => TensorType;
  /** The cost of one use in FLOPs, from the sizes of the operands and of the result `y`. */
  readonly flops: (sizes: Named<N, readonly number[]> & { readonly y: readonly number[] }, attrs: A) => Flops;
}

/** The cotangents of the operands. If the traits say that operands are broadcast, it may return those of the broadcast operands. */
export type GradientRule<N extends Names, A> = (
  v: Named<N, Value> & { readonly y: Value; readonly dy: Value },
  attrs: A,
) => Gradients<N>;

/** A primitive states every facet. Nothing is optional, so a missing facet is a compile error. */
export interface Primitive<N extends Names, A> extends Common<N, A> {
  readonly grad: 'none' | GradientRule<N, A>;
  readonly evaluate: (v: Named<N, NdArray>, attrs: A, type: TensorType) => NdArray;
  readonly lower: { readonly [D in Dialect]: Lowering<N, A, D> };
}

/** A composite is written in other ops: `expand` defines its meaning, and its gradient too unless a cheaper one is stated. */
export interface Composite<N extends Names, A> extends Common<N, A> {
  readonly expand: (v: Named<N, Value>, attrs: A) => Value;
  readonly grad: 'expand' | GradientRule<N, A>;
  readonly lower: { readonly [D in Dialect]: CompositeLowering<N, A, D> };
}

export interface Op<N extends Names = Names, A extends object = object> extends AnyOp, Attributed<A> {
  (...args: object extends A ? [...Positional<N, Operand>, attrs?: A] : [...Positional<N, Operand>, attrs: A]): Value;
}

export interface CompositeOp<N extends Names = Names, A extends object = object> extends Op<N, A> {
  readonly expand: Expansion;
}

/** An op by the type of its attributes, for `is`. */
export interface Attributed<A extends object> {
  readonly opName: string;
  /** Never set; it only carries the type. */
  readonly __attrs?: A;
}

/** An op as passes and backends see it; they treat all ops alike. Operands are by position, attributes are unchanged. */
export interface AnyOp {
  readonly opName: string;
  readonly doc: string;
  readonly inputs: Names;
  readonly traits: Traits;
  readonly infer: (types: readonly TensorType[], attrs: object) => TensorType;
  readonly flops: (sizes: readonly (readonly number[])[], y: readonly number[], attrs: object) => Flops;
  readonly grad:
    'none' | 'expand' | ((inputs: readonly Value[], y: Value, dy: Value, attrs: object) => (Value | null)[]);
  /** Null for a composite. */
  readonly evaluate: ((inputs: readonly NdArray[], attrs: object, type: TensorType) => NdArray) | null;
  /** Null for a primitive. */
  readonly expand: Expansion | null;
  /** Null if the op must be expanded. */
  readonly lower: { readonly [D in Dialect]: Word<Dialects[D]['target'], Dialects[D]['value']> | null };
  /** For documentation: the operator if a lowering is just its name, `own` for a function, `expand` for none. */
  readonly operator: { readonly [D in Dialect]: string };
}

type Expansion = (inputs: readonly Value[], attrs: object) => Value;

/** A lowering that is a function: the op's result in a target, or null if the op must be lowered in another way. */
export type Word<T, V, A extends object = object> = (target: T, operands: readonly V[], site: Site<A>) => V | null;

/** One use of an op that is being lowered. */
export interface Site<A extends object = object> {
  readonly attrs: A;
  readonly types: readonly TensorType[];
  readonly type: TensorType;
}

/** Operands do not fit an op. The front end checks first, so after it this is an internal error. */
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
): CompositeOp<N, A> {
  return make<N, A, CompositeOp<N, A>>(opName, facets);
}

export function isComposite(op: AnyOp): boolean {
  return op.expand !== null;
}

/** Whether a value is the result of one of these ops; its attributes then have their type. */
export function is<A extends object>(
  v: Value,
  ...ops: readonly Attributed<A>[]
): v is Value & { readonly op: AnyOp; readonly attrs: A } {
  return ops.some((op) => v.op?.opName === op.opName);
}

/** The attributes of a value that only these ops can have made. */
export function attrsOf<A extends object>(v: Value, ...ops: readonly Attributed<A>[]): A {
  invariant(is(v, ...ops), `${v.op?.opName ?? 'a leaf'} is not ${ops.map((op) => op.opName).join(' or ')}`);
  return v.attrs;
}

/** The same op on other operands, with the type inferred again. */
export function rebuild(v: Value, inputs: readonly Value[]): Value {
  if (!v.op || inputs.every((x, i) => x === v.inputs[i])) return v;
  return apply(v.op, inputs, v.attrs, v.scope);
}

export function apply(op: AnyOp, inputs: readonly Value[], attrs: object, scope?: string): Value {
  if (inputs.some((v) => v instanceof Pattern)) return new Pattern(op, inputs, attrs);
  const type = op.infer(
    inputs.map((v) => v.type),
    attrs,
  );
  return new Value(op, inputs, attrs, type, null, scope);
}

/** A number becomes a scalar constant of the given dtype. */
export function asValue(x: Operand, dtype: DType = 'f32'): Value {
  return typeof x === 'number' ? scalar(x, dtype) : x;
}

function make<N extends Names, A extends object, O extends Op<N, A> = Op<N, A>>(
  opName: string,
  facets: Primitive<N, A> | Composite<N, A>,
): O {
  const count = facets.inputs.length;
  const op = (...args: readonly unknown[]): Value => {
    const operands = args.slice(0, count) as Operand[];
    // The dtype of conditions and masks does not apply to the numbers beside them.
    const dtype = operands.find((x): x is Value => typeof x !== 'number' && x.dtype !== 'bool')?.dtype;
    return apply(
      self,
      operands.map((x) => asValue(x, dtype)),
      args[count] ?? {},
    );
  };
  const self = Object.assign(op, byPosition(opName, facets)) as unknown as O;
  return self;
}
