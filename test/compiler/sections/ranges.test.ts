/** Every number of every setting of a section has a range, and is held to it. */
import { expect, it } from '@jest/globals';
import { outOfRange } from '../../../src/compiler/bind/number-range';
import { fieldsOf } from '../../../src/compiler/sections/keys';
import type { Field, Fields, Takes } from '../../../src/compiler/recipe/field';
import { SettingReader } from '../../../src/compiler/sections/schema';
import { readWritten } from '../../../src/compiler/sections/written';

type Numeric = Extract<Takes, { kind: 'number' | 'numbers' }>;

/** `train.optimizer.adamw.rate` and all other fields that take numbers. */
function numericFields(fields: Fields, path: string): [string, Numeric, Field<unknown>][] {
  return Object.entries(fields).flatMap(([name, field]): [string, Numeric, Field<unknown>][] => {
    const { takes } = field;
    const own = `${path}.${name}`;
    if (takes.kind === 'number' || takes.kind === 'numbers') return [[own, takes, field]];
    if (!('choices' in takes)) return [];
    return Object.entries(takes.choices).flatMap(([callee, inner]) =>
      numericFields(inner.parameters, `${own}.${callee}`),
    );
  });
}

/** All other fields, which must not take numbers for what they are not. */
const all = Object.entries(fieldsOf).flatMap(([section, fields]) => numericFields(fields, section));

/** Fields of which any finite number makes sense. */
const unbounded = [
  'train.objective.rectified_flow.time.logit_normal.mean',
  'train.data.latents.shift',
  'train.validate.held_out.data.latents.shift',
];

const values = ['-1', '0', '1e-9', '0.5', '1', '1.5', '3', '20', '2147483648', '1e308'];

function read(field: Field<unknown>, text: string): { readonly value: unknown; readonly codes: readonly string[] } {
  const { entry, diagnostics } = readWritten('x', text);
  const reader = new SettingReader();
  const value = entry ? reader.read('x', field, entry.value) : undefined;
  return { value, codes: [...diagnostics, ...reader.diagnostics].map((d) => d.code) };
}

it('finds them', () => {
  expect(all.length).toBeGreaterThan(40);
});

it.each(all)('%s', (path, takes, field) => {
  const bounds = [takes.min, takes.above, takes.max, takes.below].filter((x) => x !== undefined);
  expect(bounds.length > 0 || unbounded.includes(path)).toBe(true);
  for (const text of values) {
    const written = takes.kind === 'numbers' ? `(${Array(takes.count).fill(text).join(', ')})` : text;
    const fits = outOfRange(takes, Number(text)) === null;
    expect([text, read(field, written).codes]).toEqual([text, fits ? [] : ['out-of-range']]);
  }
  for (const text of ['NaN', 'Infinity', '"1"', 'true', '1x1', '1:2'])
    expect([text, read(field, text).codes]).toEqual([text, ['setting-kind']]);
  expect(read(field, '1e400').codes).toContain('number-too-large');
  if (takes.kind === 'numbers') expect(read(field, '(0.5)').codes).toEqual(['setting-kind']);
});

it('gives every default within its range', () => {
  const wrong = all.filter(([, takes, { standard }]) => {
    const numbers = [standard ?? []].flat();
    return numbers.some((x) => typeof x !== 'number' || outOfRange(takes, x) !== null);
  });
  expect(wrong.map(([path]) => path)).toEqual([]);
});

it('says what every setting is for', () => {
  const undocumented = (fields: Fields, path: string): string[] =>
    Object.entries(fields).flatMap(([name, field]) => [
      ...(field.doc ? [] : [`${path}.${name}`]),
      ...('choices' in field.takes
        ? Object.entries(field.takes.choices).flatMap(([callee, inner]) => [
            ...(inner.doc ? [] : [`${path}.${name}.${callee}`]),
            ...undocumented(inner.parameters, `${path}.${name}.${callee}`),
          ])
        : []),
    ]);
  expect(Object.entries(fieldsOf).flatMap(([section, fields]) => undocumented(fields, section))).toEqual([]);
});
