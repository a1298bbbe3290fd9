import { expect, it } from '@jest/globals';
import { call, oneOf, someOf } from '../../../src/compiler/recipe/choices';
import { Reading, type Choice, type Field } from '../../../src/compiler/recipe/field';
import { flag, number, pair, strings, word } from '../../../src/compiler/recipe/fields';
import { readWritten } from '../../../src/compiler/sections/written';
import type { Diagnostic } from '../../../src/compiler/diagnostics/diagnostic';

const walk = {
  doc: 'Goes on foot.',
  examples: ['walk(3)'],
  parameters: {
    steps: number('how many', { whole: true, min: 1 }),
    hold_out: strings('places to leave out').optional(),
    pace: number('steps a second').optional(2),
    rest: number('minutes').orNull(),
    span: pair('left and right').or([1, 2]),
    at_night: flag('in the dark').optional(false),
  },
} satisfies Choice;
const ride = {
  doc: 'Goes on a horse.',
  examples: ['ride'],
  parameters: { gait: word('how', ['trot', 'canter']).or('trot') },
} satisfies Choice;

function read<T>(field: Field<T>, text: string): { readonly value: T | undefined; readonly told: readonly string[] } {
  const { entry } = readWritten('way', text);
  const found: Diagnostic[] = [];
  const value = entry ? field.read(entry.value, new Reading('way', (d) => found.push(d))) : undefined;
  return { value, told: found.map((d) => d.code) };
}

const way = oneOf('how to go', { walk, ride });

it.each([
  ['walk(2 * 4)', 8],
  ['walk(2 + 6 / 3 - 1)', 3],
  ['walk(-(-2) ^ 3 + 10)', 18],
  ['walk(17 % 5)', 2],
])('computes the number of %s', (text, steps) => {
  expect(read(way, text).value).toMatchObject({ steps });
});

it.each(['walk(1 / 0)', 'walk(2 * steps)', 'walk(5 / 2)'])('refuses the number of %s', (text) => {
  expect(read(way, text).told).toHaveLength(1);
});

it('gives a choice by its kind, with what stands where nothing is written', () => {
  const { value } = read(way, 'walk(3)');
  // Its type is that of the parameters.
  const steps: number | undefined = value?.kind === 'walk' ? value.steps : undefined;
  expect(steps).toBe(3);
  expect(value).toStrictEqual({ kind: 'walk', steps: 3, rest: null, span: [1, 2] });
  expect(read(way, 'ride').value).toStrictEqual({ kind: 'ride', gait: 'trot' });
});

it('has no key for what is absent, nor for what says the same', () => {
  const { value } = read(way, 'walk(3, hold_out: [], pace: 2, at_night: false)');
  expect(value).toStrictEqual({ kind: 'walk', steps: 3, rest: null, span: [1, 2] });
});

it('names keys as recipes do', () => {
  expect(read(way, 'walk(3, hold_out: ["home"], pace: 3, at_night: true)').value).toStrictEqual({
    kind: 'walk',
    steps: 3,
    holdOut: ['home'],
    pace: 3,
    rest: null,
    span: [1, 2],
    atNight: true,
  });
});

it.each([
  ['walk', ['missing-argument']],
  ['walk(0)', ['out-of-range']],
  ['walk(3, span: (1, 2, 3))', ['setting-kind']],
  ['walk(3, hold_out: [home])', ['setting-kind']],
  ['ride(gallop)', ['setting-kind']],
  ['swim(3)', ['setting-kind']],
  ['3', ['setting-kind']],
])('gives nothing for %s, and says why', (text, codes) => {
  expect(read(way, text)).toEqual({ value: undefined, told: codes });
});

it('gives the arguments alone where there is one call', () => {
  expect(read(call('how to go', 'ride', ride), 'ride(canter)').value).toStrictEqual({ gait: 'canter' });
});

it('takes some choices, each once', () => {
  const some = someOf('how to go', { walk, ride });
  expect(read(some, '(ride, walk(1))').value?.map((v) => v.kind)).toEqual(['ride', 'walk']);
  expect(read(some, 'ride').value).toHaveLength(1);
  expect(read(some, '(ride, ride)')).toEqual({ value: undefined, told: ['duplicate-setting'] });
});
