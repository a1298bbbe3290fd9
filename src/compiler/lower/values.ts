/** The values of expressions while a model is elaborated: static values, callables, and tensors of the IR. */
// Tested by test/compiler/lower/kinds.test.ts.
import { dimsEqual, formatDim, formatShape, type Dim, type Shape } from '../ir/dims';
import type { DType, Initializer, Value } from '../ir/graph';
import type { BlockDeclaration, Lambda, MethodDeclaration, ModelDeclaration, VariantDeclaration } from '../syntax/ast';
import type { SharedPlace } from './context';
import type { Scope } from './scope';
import type { Word } from './words/word';

/** An Int if `isInteger`, else a Float. `text` is the arithmetic it came from, for messages (`64 / 5`). */
export interface NumberValue {
  readonly kind: 'number';
  readonly value: number;
  readonly isInteger: boolean;
  readonly text: string | null;
}
/** A whole number known only as a polynomial of symbols, such as a text length or an open side of the image. */
export interface DimValue {
  readonly kind: 'dim';
  readonly value: Dim;
}
export interface SizeValue {
  readonly kind: 'size';
  readonly height: Dim;
  readonly width: Dim;
}
/** `left : right`, almost always `n : 1`. */
export interface RatioValue {
  readonly kind: 'ratio';
  readonly left: number;
  readonly right: number;
}
/** A word of a choice, or a constant word such as `zero`. */
export interface WordValue {
  readonly kind: 'word';
  readonly name: string;
}
/** `shape` is without the batch axis; the IR value has that axis in front if `batched`. */
export interface TensorValue {
  readonly kind: 'tensor';
  readonly value: Value;
  readonly batched: boolean;
  readonly shape: Shape;
  /** For class labels: the number of classes, without "no class". Null for other tensors. */
  readonly classes: number | null;
}
export interface BlockValue {
  readonly kind: 'block';
  readonly declaration: BlockDeclaration;
}
export interface ModelValue {
  readonly kind: 'model';
  readonly declaration: ModelDeclaration | VariantDeclaration;
}
export interface MethodValue {
  readonly kind: 'method';
  readonly declaration: MethodDeclaration;
}
/** `shared(f)`: a function with one set of weights for all its calls. */
export interface SharedValue {
  readonly kind: 'shared';
  readonly callee: Evaluated;
  readonly place: SharedPlace;
}
/** `recomputed(f)`: a function whose inner values the backward pass may compute again. */
export interface RecomputedValue {
  readonly kind: 'recomputed';
  readonly callee: Evaluated;
}
export interface LambdaValue {
  readonly kind: 'lambda';
  readonly lambda: Lambda;
  readonly scope: Scope;
}
export interface BuiltinValue {
  readonly kind: 'builtin';
  readonly name: string;
  readonly word: Word;
}
export interface InitValue {
  readonly kind: 'init';
  /** `xavier` and `default` depend on the shape of the weight. */
  readonly init: Initializer | 'xavier' | 'default';
}
export type Evaluated =
  | NumberValue
  | DimValue
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | SizeValue
  | RatioValue
  | WordValue
  | TensorValue
  | { readonly kind: 'tuple'; readonly items: readonly Evaluated[] }
  | { readonly kind: 'list'; readonly items: readonly Evaluated[] }
  | BlockValue
  | ModelValue
  | MethodValue
  | SharedValue
  | RecomputedValue
  | LambdaValue
  | BuiltinValue
  | InitValue
  /** The value of a wrong expression. No errors that follow from it are reported. */
  | { readonly kind: 'poison' };

export type Kind = Evaluated['kind'];

export const poison: Evaluated = { kind: 'poison' };

export function numberValue(
  value: number,
  isInteger = Number.isInteger(value),
  text: string | null = null,
): NumberValue {
  return { kind: 'number', value, isInteger, text };
}

export function dimValue(d: Dim): NumberValue | DimValue {
  return typeof d === 'number' ? numberValue(d) : { kind: 'dim', value: d };
}

/** The dimension a value stands for, or null if it is not a whole number of at least 0. */
export function asDim(v: Evaluated): Dim | null {
  if (v.kind === 'dim') return v.value;
  return v.kind === 'number' && v.isInteger && v.value >= 0 ? v.value : null;
}

/** Describes a value in messages: `a tensor [256, 1152]`, `the Int 16`, `the block DiT`. */
export function describe(v: Evaluated): string {
  switch (v.kind) {
    case 'number':
      return `the ${v.isInteger ? 'Int' : 'Float'} ${formatNumber(v)}`;
    case 'dim':
      return `the symbolic size ${formatDim(v.value)}`;
    case 'boolean':
      return `the Bool ${v.value}`;
    case 'string':
      return `the String "${v.value}"`;
    case 'size':
      return `the Size ${formatSize(v)}`;
    case 'ratio':
      return `the Ratio ${v.left}:${v.right}`;
    case 'word':
      return `the word ${v.name}`;
    case 'tensor':
      if (v.classes !== null) return v.shape.length === 0 ? 'a class label' : `tokens ${formatShape(v.shape)}`;
      return `a tensor ${holds(v.value.dtype)}${formatShape(v.shape)}`;
    case 'tuple':
      return `a tuple of ${v.items.length}`;
    case 'list':
      return `a list of ${v.items.length}`;
    case 'block':
      return `the block ${v.declaration.name.name}`;
    case 'model':
      return `the model ${v.declaration.name.name}`;
    case 'method':
      return `the ${v.declaration.kind} ${v.declaration.name.name}`;
    case 'shared':
    case 'recomputed':
    case 'lambda':
      return 'a function';
    case 'builtin':
      return `the word ${v.name}`;
    case 'init':
      return 'an initial distribution';
    case 'poison':
      return 'a value that could not be computed';
  }
}

/** What the elements of a tensor are, for messages; empty for numbers. */
function holds(dtype: DType): string {
  if (dtype === 'bool') return 'of true and false ';
  return dtype === 'i32' ? 'of indices ' : '';
}

/** A static value as the language writes it, for messages and reports. */
export function formatStatic(v: Evaluated): string {
  switch (v.kind) {
    case 'number':
      return formatNumber(v);
    case 'dim':
      return formatDim(v.value);
    case 'boolean':
      return String(v.value);
    case 'string':
      return v.value;
    case 'size':
      return formatSize(v);
    case 'ratio':
      return `${v.left}:${v.right}`;
    case 'word':
      return v.name;
    case 'list':
      return `[${formatItems(v.items)}]`;
    case 'tuple':
      return `(${formatItems(v.items)})`;
    default:
      return describe(v);
  }
}

/** Nested lists are only described: if each holds the previous one twice, the text would grow exponentially. */
function formatItems(items: readonly Evaluated[]): string {
  return items.map((v) => (v.kind === 'list' || v.kind === 'tuple' ? describe(v) : formatStatic(v))).join(', ');
}

/** `256x384`, or `height x width` if a side is open. */
export function formatSize({ height, width }: Pick<SizeValue, 'height' | 'width'>): string {
  const gap = typeof height === 'number' && typeof width === 'number' ? '' : ' ';
  return `${formatDim(height)}${gap}x${gap}${formatDim(width)}`;
}

export function formatNumber(v: NumberValue): string {
  const digits = v.isInteger ? String(v.value) : String(Number(v.value.toPrecision(6)));
  return v.text && v.text !== digits ? `${v.text} = ${digits}` : digits;
}

/** Whether two static values are equal; null if they cannot be compared: values of two kinds, tensors, functions. */
export function sameStatic(a: Evaluated, b: Evaluated): boolean | null {
  if (a.kind === 'number' && b.kind === 'number') return a.value === b.value;
  if (a.kind === 'boolean' && b.kind === 'boolean') return a.value === b.value;
  if (a.kind === 'string' && b.kind === 'string') return a.value === b.value;
  if (a.kind === 'word' && b.kind === 'word') return a.name === b.name;
  if (a.kind === 'size' && b.kind === 'size') return dimsEqual(a.height, b.height) && dimsEqual(a.width, b.width);
  if (a.kind === 'ratio' && b.kind === 'ratio') return a.left * b.right === b.left * a.right;
  if (a.kind === 'block' && b.kind === 'block') return a.declaration === b.declaration;
  if (a.kind === 'builtin' && b.kind === 'builtin') return a.name === b.name;
  const [p, q] = [asDim(a), asDim(b)];
  return p !== null && q !== null ? dimsEqual(p, q) : null;
}

export function tensorValue(value: Value, batched: boolean): TensorValue {
  return { kind: 'tensor', value, batched, shape: batched ? value.shape.slice(1) : value.shape, classes: null };
}
