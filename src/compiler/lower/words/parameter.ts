/** The kinds of parameters that words of the language have, with their ranges and defaults. */
// Tested by test/compiler/lower/words/ranges.test.ts.
import type { Parameter } from '../../bind/signature';
import { countRange, nonNegativeRange, positiveRange, sizeRange, type NumberRange } from '../../bind/number-range';

/** The kind of value a parameter takes; `axis size` and `count` may be symbolic. */
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
  | 'model'
  | 'word'
  | 'shape';

export interface WordParameter extends Parameter {
  readonly kind: ParameterKind;
  /** The range of a number. */
  readonly range?: NumberRange;
  /** The default as the reference writes it; null if the parameter must be given. */
  readonly default: string | null;
  /** The value of `default` as a number or Bool, if it does not depend on other arguments. */
  readonly value?: number | boolean;
  /** The purpose of the parameter. */
  readonly doc: string;
}

/** A parameter without its name, which is its key in a record. */
export type ParameterSpec = Omit<WordParameter, 'name' | 'required'>;

export function takes(kind: ParameterKind, doc: string, standard: string | null = null): ParameterSpec {
  return { kind, default: standard, doc };
}

export const tensor = (doc: string): ParameterSpec => takes('tensor', doc);

/** The size of an axis: a whole number of at least 1. */
export const axisSize = (doc: string): ParameterSpec => ({ ...takes('axis size', doc), range: sizeRange });

/** A count or a position: a whole number of at least 0. */
export const count = (doc: string, range: NumberRange = countRange): ParameterSpec => ({
  ...takes('count', doc),
  range,
});

/** A whole number known when the model is built; any whole number if no range is given. */
export function int(doc: string, range: NumberRange = { whole: true }, standard?: number): ParameterSpec {
  return withNumber({ ...takes('Int', doc), range }, standard);
}

/** An axis, counted from the end if negative. The tensor decides which axes exist. */
export const axis = (doc: string): ParameterSpec => int(doc, { whole: true }, -1);

export function float(doc: string, range: NumberRange = {}, standard?: number): ParameterSpec {
  return withNumber({ ...takes('Float', doc), range }, standard);
}

/** A number added to a variance before dividing by it. */
export const epsilon = (standard: number): ParameterSpec =>
  float('added to the mean square or variance, so that nothing is divided by 0', positiveRange, standard);

/** A standard deviation, at least 0. */
export const deviation = (doc: string): ParameterSpec => float(doc, nonNegativeRange);

export const flag = (doc: string, standard: boolean): ParameterSpec => ({
  ...takes('Bool', doc, String(standard)),
  value: standard,
});

/** The initial values of a weight; `standard` is the default. */
export const start = (standard: string): ParameterSpec =>
  takes('Init', 'initial values: zero, one, xavier, fan_in or normal(std)', standard);

function withNumber(spec: ParameterSpec, value: number | undefined): ParameterSpec {
  if (value === undefined) return spec;
  const text = value > 0 && value < 1e-3 ? value.toExponential().replace(/\+/, '') : String(value);
  return { ...spec, default: text, value };
}
