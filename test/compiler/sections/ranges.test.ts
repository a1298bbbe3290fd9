/** Every number of every setting of a section has a range, and is held to it. */
import { expect, it } from '@jest/globals';
import { outOfRange } from '../../../src/compiler/bind/number-range';
import { fieldsOf } from '../../../src/compiler/sections/keys';
import { SettingReader, type Field, type Fields } from '../../../src/compiler/sections/schema';
import { readWritten } from '../../../src/compiler/sections/written';

type Numeric = Extract<Field, { kind: 'number' | 'numbers' }>;

/** `train.optimizer.adamw.rate` and all other fields that take numbers. */
function numericFields(fields: Fields, path: string): [string, Numeric][] {
  return Object.entries(fields).flatMap(([name, field]): [string, Numeric][] => {
    const own = `${path}.${name}`;
    if (field.kind === 'number' || field.kind === 'numbers') return [[own, field]];
    if (field.kind !== 'call' && field.kind !== 'calls') return [];
    return Object.entries(field.calls).flatMap(([callee, inner]) => numericFields(inner, `${own}.${callee}`));
  });
}

/** All other fields, which must not take numbers for what they are not. */
const all = Object.entries(fieldsOf).flatMap(([section, fields]) => numericFields(fields, section));

/** Fields of which any finite number makes sense. */
const unbounded = ['train.objective.rectified_flow.time.logit_normal.mean', 'train.data.latents.shift'];

const values = ['-1', '0', '1e-9', '0.5', '1', '1.5', '3', '20', '2147483648', '1e308'];

function read(field: Field, text: string): { readonly value: unknown; readonly codes: readonly string[] } {
  const { entry, diagnostics } = readWritten('x', text);
  const reader = new SettingReader();
  const value = entry ? reader.read('x', field, entry.value) : undefined;
  return { value, codes: [...diagnostics, ...reader.diagnostics].map((d) => d.code) };
}

it('finds them', () => {
  expect(all.length).toBeGreaterThan(40);
});

it.each(all)('%s', (path, field) => {
  const bounds = [field.min, field.above, field.max, field.below].filter((x) => x !== undefined);
  expect(bounds.length > 0 || unbounded.includes(path)).toBe(true);
  for (const text of values) {
    const written = field.kind === 'numbers' ? `(${Array(field.count).fill(text).join(', ')})` : text;
    const fits = outOfRange(field, Number(text)) === null;
    expect([text, read(field, written).codes]).toEqual([text, fits ? [] : ['out-of-range']]);
  }
  for (const text of ['NaN', 'Infinity', '"1"', 'true', '1x1', '1:2'])
    expect([text, read(field, text).codes]).toEqual([text, ['setting-kind']]);
  expect(read(field, '1e400').codes).toContain('number-too-large');
  if (field.kind === 'numbers') expect(read(field, '(0.5)').codes).toEqual(['setting-kind']);
});

it('gives every default within its range', () => {
  const wrong = all.filter(([, field]) => {
    const numbers = [field.default ?? []].flat();
    return numbers.some((x) => outOfRange(field, x) !== null);
  });
  expect(wrong.map(([path]) => path)).toEqual([]);
});

it('says what every setting is for', () => {
  const undocumented = (fields: Fields, path: string): string[] =>
    Object.entries(fields).flatMap(([name, field]) => [
      ...(field.doc ? [] : [`${path}.${name}`]),
      ...(field.kind === 'call' || field.kind === 'calls'
        ? Object.entries(field.calls).flatMap(([callee, inner]) => undocumented(inner, `${path}.${name}.${callee}`))
        : []),
    ]);
  expect(Object.entries(fieldsOf).flatMap(([section, fields]) => undocumented(fields, section))).toEqual([]);
});
