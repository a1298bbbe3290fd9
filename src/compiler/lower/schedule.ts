/** `schedule = cosine(end: 0.1)`: the factor of the learning rate at each step, written in the arithmetic of the language. */
// Tested by test/train/schedule.test.ts.
import { bindWithoutFile } from '../bind/bind';
import { probabilityRange } from '../bind/number-range';
import { NameScope } from '../bind/scope';
import type { Diagnostic } from '../diagnostics/diagnostic';
import { WeftError } from '../diagnostics/diagnostic';
import { renderText } from '../diagnostics/render';
import type { Expression } from '../syntax/ast';
import { applyCallee } from './calls';
import { parseGiven } from './givens/parse';
import { newContext } from './interpreter';
import { Scope } from './scope';
import { describe, numberValue, type Evaluated } from './values';
import { words } from './words/index';
import { float } from './words/parameter';
import { word, type Word } from './words/word';

/** A point of a run, in steps; `step` counts from 0. */
export interface RunPlace {
  readonly step: number;
  readonly steps: number;
  readonly warmup: number;
}

/** How much share of the run after its warm-up is done, from 0 to 1. */
function progressOf({ step, steps, warmup }: RunPlace): number {
  return Math.min(Math.max((step - warmup) / Math.max(steps - warmup, 1), 0), 1);
}

const end = { end: float('value at the last step', probabilityRange, 0) };

/** The words that only schedules have, besides the words of the language. */
export function scheduleWords(place: RunPlace): ReadonlyMap<string, Word> {
  const progress = progressOf(place);
  const shape = (from: number, to: number): Evaluated => numberValue(to + (1 - to) * from, false);
  const all = [
    word('cosine', 'Half a cosine, from 1 after the warm-up to `end` at the last step.', end, (_, args) =>
      shape((1 + Math.cos(Math.PI * progress)) / 2, args.number('end')),
    ),
    word('falling', 'A straight line, from 1 after the warm-up to `end` at the last step.', end, (_, args) =>
      shape(1 - progress, args.number('end')),
    ),
    word(
      'trapezoid',
      '1, and in the last share of the run a straight line to `end` (warm-up, stable, decay).',
      { share: float('share of the run after its warm-up', probabilityRange, 0.2), ...end },
      (_, args) => shape(Math.min(1, (1 - progress) / Math.max(args.number('share'), 1e-9)), args.number('end')),
    ),
  ];
  return new Map(all.map((w) => [w.signature.callee, w]));
}

/** The numbers that a schedule may use by name. */
function numbersAt(place: RunPlace): { readonly [name: string]: number } {
  return { step: place.step, steps: place.steps, warmup: place.warmup, progress: progressOf(place), pi: Math.PI };
}

/** The names with which a schedule is written, besides the words of the language. */
export const scheduleNames: ReadonlySet<string> = new Set([
  'step',
  'steps',
  'warmup',
  'progress',
  'pi',
  'cosine',
  'falling',
  'trapezoid',
]);

/** A factor of the rate, or the errors at that step. */
export type Factor =
  | { readonly value: number; readonly diagnostics: readonly [] }
  | { readonly value: null; readonly diagnostics: readonly Diagnostic[] };

/** A function that gives the factor at a point of a run. Names are bound once, so each point reports the same wrong names. */
export function scheduleOf(value: Expression, hyperparameters = new Scope()): (place: RunPlace) => Factor {
  const { names, bindLoose } = bindWithoutFile(words);
  const first = { step: 0, steps: 1, warmup: 0 };
  const locals = new NameScope();
  for (const name of hyperparameters.own.keys()) locals.bind(name, 'parameter', value.span);
  for (const name of [...Object.keys(numbersAt(first)), ...scheduleWords(first).keys()])
    locals.bind(name, 'parameter', value.span);
  const unbound = bindLoose({ value, locals });
  return (place) => {
    if (unbound.length > 0) return { value: null, diagnostics: unbound };
    const ctx = newContext(names);
    const scope = new Scope(hyperparameters);
    for (const [name, x] of Object.entries(numbersAt(place))) scope.bind(name, numberValue(x), value.span);
    for (const [name, w] of scheduleWords(place)) scope.bind(name, { kind: 'builtin', name, word: w }, value.span);
    let factor: number | null = null;
    ctx.guard(() => {
      const found = ctx.need(value, scope);
      // `schedule = cosine` needs no parentheses.
      const called =
        found.kind === 'builtin'
          ? applyCallee(ctx, { callee: found, args: [], site: { ...value, kind: 'missing' } }, null)
          : found;
      const isFactor = called.kind === 'number' && called.value >= 0 && Number.isFinite(called.value);
      if (!isFactor && called.kind !== 'poison')
        ctx.fail('schedule-value', value.span, { step: place.step, found: describe(called) });
      if (called.kind === 'number') factor = called.value;
      return called;
    });
    return factor === null ? { value: null, diagnostics: ctx.diagnostics } : { value: factor, diagnostics: [] };
  };
}

const known = new Map<string, (place: RunPlace) => Factor>();

/** The factor at a point of a run, for a schedule in the text form that recipes keep. */
export function factorAt(schedule: string, place: RunPlace): number {
  const made = known.get(schedule) ?? scheduleOf(parseGiven('schedule', schedule).value);
  known.set(schedule, made);
  const { value, diagnostics } = made(place);
  if (value !== null) return value;
  throw new WeftError(renderText([...diagnostics]).trimEnd());
}
