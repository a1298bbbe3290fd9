/** The kinds of parameters that words of the language have: what they take, in which range, and what is taken without them. */
// Tested by test/compiler/lower/words/ranges.test.ts.
import type { Parameter } from '../../bind/signature';
import { countRange, nonNegativeRange, positiveRange, sizeRange, type NumberRange } from '../../bind/number-range';

/** What a value has to be; `axis size` and `count` may be symbolic. */
export type ParameterKind =
  | 'tensor'
  | 'label'
  | 'tokens'
  | 'mask'
  | 'indices'
  | 'axis size'
  | 'count'
  | 'Int'
  | 'Float'
  | 'number or tensor'
  | 'tensors'
  | 'function'
  | 'Bool'
  | 'String'
  | 'Ratio'
  | 'Size'
  | 'Init'
  | 'word'
  | 'shape';

export interface WordParameter extends Parameter {
  readonly kind: ParameterKind;
  /** Of a number. */
  readonly range?: NumberRange;
  /** As the reference writes it; null where it must be given. */
  readonly default: string | null;
  /** The number or truth value that `default` is, where it does not depend on other arguments. */
  readonly value?: number | boolean;
  /** What it is for. */
  readonly doc: string;
}

/** A parameter before its name is known: the key of the record it stands in. */
export type ParameterSpec = Omit<WordParameter, 'name' | 'required'>;

export function takes(kind: ParameterKind, doc: string, standard: string | null = null): ParameterSpec {
  return { kind, default: standard, doc };
}

export const tensor = (doc: string): ParameterSpec => takes('tensor', doc);

/** The size of an axis: a whole number from 1. */
export const axisSize = (doc: string): ParameterSpec => ({ ...takes('axis size', doc), range: sizeRange });

/** How many, or where: a whole number from 0. */
export const count = (doc: string, range: NumberRange = countRange): ParameterSpec => ({
  ...takes('count', doc),
  range,
});

/** A whole number known when the model is built; any, where no range is given. */
export function int(doc: string, range: NumberRange = { whole: true }, standard?: number): ParameterSpec {
  return withNumber({ ...takes('Int', doc), range }, standard);
}

/** An axis, counted from the end where it is negative; which there are depends on the tensor. */
export const axis = (doc: string): ParameterSpec => int(doc, { whole: true }, -1);

export function float(doc: string, range: NumberRange = {}, standard?: number): ParameterSpec {
  return withNumber({ ...takes('Float', doc), range }, standard);
}

/** Added to a variance before it divides. */
export const epsilon = (standard: number): ParameterSpec =>
  float('added to the mean square or variance, so that nothing is divided by 0', positiveRange, standard);

/** A standard deviation. */
export const deviation = (doc: string): ParameterSpec => float(doc, nonNegativeRange);

export const flag = (doc: string, standard: boolean): ParameterSpec => ({
  ...takes('Bool', doc, String(standard)),
  value: standard,
});

/** How a weight starts; `standard` is how it does by itself. */
export const start = (standard: string): ParameterSpec =>
  takes('Init', 'how the weight starts: zero, one, xavier, fan_in or normal(std)', standard);

function withNumber(spec: ParameterSpec, value: number | undefined): ParameterSpec {
  if (value === undefined) return spec;
  const text = value > 0 && value < 1e-3 ? value.toExponential().replace(/\+/, '') : String(value);
  return { ...spec, default: text, value };
}
