/** `ema` of a recipe: which averages of the weights a run keeps. */
import { decayRange, type NumberRange } from '../bind/number-range';
import { diagnose } from '../diagnostics/diagnostic';
import type { Expression } from '../syntax/ast';
import { call } from './choices';
import { Field, type Reading } from './field';
import { number } from './fields';

export const widthRange: NumberRange = { min: 0.001, max: 0.28 };

const power = call('an average over a share of the run so far', 'power', {
  doc: 'The power-function average of Karras et al. (arXiv 2312.02696).',
  examples: ['power(0.1)'],
  parameters: {
    width: number('standard deviation of the average in time, relative to the number of steps', widthRange),
  },
});

/** Spans a share of the run so far, whatever its length. */
export interface PowerAverage {
  readonly kind: 'power';
  readonly width: number;
}

/** A decay, or a power function. */
export type Average = number | PowerAverage;

/** One, or at least two. */
export type Averages = Average | readonly Average[];

/** An average with the name of its variables and its file. */
export interface NamedAverage {
  /** `ema` for the first, which samples are drawn with; then `ema-0.9999` or `ema-power-0.1`. */
  readonly name: string;
  readonly average: Average;
}

export function averagesOf(ema: Averages | null): readonly NamedAverage[] {
  return listOf(ema).map((average, i) => ({ name: i === 0 ? 'ema' : nameOf(average), average }));
}

function listOf(ema: Averages | null): readonly Average[] {
  if (ema === null) return [];
  return typeof ema === 'number' || 'kind' in ema ? [ema] : ema;
}

function nameOf(average: Average): string {
  return typeof average === 'number' ? `ema-${average}` : `ema-power-${average.width}`;
}

export function averagesField(doc: string): Field<Averages, false> {
  const decay = number(doc, decayRange);
  const one = (e: Expression, reading: Reading): Average | undefined => {
    if (e.kind !== 'call') return decay.read(e, reading);
    const read = power.read(e, reading);
    return read && { kind: 'power', width: read.width };
  };
  const read = (e: Expression, reading: Reading): Averages | undefined => {
    if (e.kind !== 'list' && e.kind !== 'tuple') return one(e, reading);
    const first = new Map<string, Expression>();
    const found = e.items.flatMap((item) => {
      const average = one(item, reading);
      if (average === undefined) return [];
      const earlier = first.get(nameOf(average));
      const setting = `${reading.setting} ${nameOf(average).slice('ema-'.length)}`;
      if (earlier) reading.report(diagnose('duplicate-setting', item.span, { setting }, earlier.span));
      else first.set(nameOf(average), item);
      return [average];
    });
    if (e.items.length === 0) return reading.wrongKind('a decay such as 0.9999, or several', e);
    if (first.size < e.items.length) return undefined;
    return found.length === 1 ? found[0] : found;
  };
  return new Field(doc, { kind: 'number', ...decayRange, or: '`power(width)`, or a list of these' }, read, false);
}
