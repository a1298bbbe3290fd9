/** Python expressions: their text, and how tightly it binds, so that parentheses are written only where they are needed. */
import type { DType } from '../../compiler/ir/graph';

/** How tightly Python binds, from comparisons to names and calls. */
export const level = { comparison: 1, or: 2, and: 3, sum: 4, product: 5, sign: 6, power: 7, atom: 8 } as const;
export type Level = (typeof level)[keyof typeof level];

export interface Python {
  readonly text: string;
  readonly level: Level;
  /** Whether it is a plain Python number, which takes the dtype of the tensor it is combined with. */
  readonly isNumber: boolean;
}

/** A name, a call or an element, which never needs parentheses. */
export function atom(text: string): Python {
  return { text, level: level.atom, isNumber: false };
}

/** `name(a, b, key=value)`. */
export function call(name: string, ...args: readonly (Python | string)[]): Python {
  return atom(`${name}(${args.map((a) => (typeof a === 'string' ? a : a.text)).join(', ')})`);
}

/** `x.name(a, b)`. */
export function method(x: Python, name: string, ...args: readonly (Python | string)[]): Python {
  return call(`${wrapped(x, level.atom)}.${name}`, ...args);
}

/** `x[index]`. */
export function element(x: Python, index: string): Python {
  return atom(`${wrapped(x, level.atom)}[${index}]`);
}

/** `x.name`. */
export function property(x: Python, name: string): Python {
  return atom(`${wrapped(x, level.atom)}.${name}`);
}

/** `a sign b`, which Python groups from the left. Operands that are powers or comparisons themselves get parentheses. */
export function infix(a: Python, sign: string, b: Python, at: Level): Python {
  const bare = at === level.power || at === level.comparison ? at + 1 : at;
  return { text: `${wrapped(a, bare)} ${sign} ${wrapped(b, at + 1)}`, level: at, isNumber: false };
}

/** `-x`, `~x`. */
export function prefix(sign: string, x: Python): Python {
  return { text: `${sign}${wrapped(x, level.sign)}`, level: level.sign, isNumber: false };
}

/** A number as Python writes it. */
export function number(value: number): Python {
  if (!Number.isFinite(value))
    return { ...atom(`float("${String(value).replace('Infinity', 'inf')}")`), isNumber: true };
  const isSmall = value !== 0 && Math.abs(value) < 1e-3;
  const text = Object.is(value, -0) ? '-0.0' : isSmall ? value.toExponential() : String(value);
  return { text, level: text.startsWith('-') ? level.sign : level.atom, isNumber: true };
}

/** A truth value or a number of this dtype. */
export function literal(value: number, dtype: DType): Python {
  return dtype === 'bool' ? { ...atom(value === 0 ? 'False' : 'True'), isNumber: true } : number(value);
}

/** `(1, 2)`, `(1,)`. */
export function tuple(items: readonly (string | number)[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
}

export const torchTypes: { readonly [D in DType]: string } = {
  f32: 'torch.float32',
  bf16: 'torch.bfloat16',
  f16: 'torch.float16',
  i32: 'torch.int32',
  bool: 'torch.bool',
};

function wrapped(x: Python, least: number): string {
  return x.level >= least ? x.text : `(${x.text})`;
}
