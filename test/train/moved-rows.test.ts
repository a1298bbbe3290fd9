import { expect, it } from '@jest/globals';
import { checkFile } from '../../src/compiler/compile';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { movedRows, withMovedRows } from '../../src/train/moved-rows';
import { namesInFile, rowNames } from '../../src/train/start-source';
import { readSpec } from '../support/compile';

function modelOf(body: string): ModelGraph {
  const text = `model M(classes: Int = 3, vocabulary: Int = 6) {
  input noisy: image(4x4)
  input time: time(noise: 0, data: 1)
  input label: class(classes)
  input words: tokens(vocabulary)
  ${body}
}`;
  const spec = checkFile('m.weft', (path) => (path === 'm.weft' ? text : readSpec(path)), { elaborateModels: false });
  const { model, diagnostics } = spec.elaborate('M');
  if (!model) throw new Error(diagnostics.map((d) => d.message).join());
  return model;
}

const tables = `let found = lookup(words, param([vocabulary, 2]) @words)
  output velocity: image(4x4) = noisy * time + embed(label, 1) @a + embed(label, 1) @b + mean(mean(found))`;
const all = new Set(['a.weight', 'b.weight', 'words']);
const none = { class: [], tokens: [] };

it.each<[string, Partial<Parameters<typeof movedRows>[2]>, Partial<Parameters<typeof movedRows>[3]>, object]>([
  ['the same names', { class: ['x', 'y', 'z'] }, { class: ['x', 'y', 'z'] }, {}],
  ['names that are not known', {}, { class: ['x', 'y', 'z'] }, {}],
  [
    'another order, in every table; no class stays the last',
    { class: ['x', 'y', 'z'] },
    { class: ['z', 'x', 'y'] },
    { 'a.weight': [2, 0, 1, 3], 'b.weight': [2, 0, 1, 3] },
  ],
  [
    'a new name before the others',
    { class: ['x', 'y'] },
    { class: ['new', 'x', 'y'] },
    { 'a.weight': [null, 0, 1, 3], 'b.weight': [null, 0, 1, 3] },
  ],
  [
    'words',
    { tokens: ['', 'a', 'red', 'square'] },
    { tokens: ['', 'a', 'blue', 'red', 'square'] },
    { words: [0, 1, null, 2, 3, 5] },
  ],
])('moves rows for %s', (_, before, after, wanted) => {
  const moved = movedRows(modelOf(tables), all, { ...none, ...before }, { ...none, ...after });
  expect(Object.fromEntries(moved.tables)).toEqual(wanted);
});

it('moves only what was taken, and says where it cannot', () => {
  const [before, after] = [
    { class: ['x', 'y'], tokens: [] },
    { class: ['y', 'x'], tokens: [] },
  ];
  const part = movedRows(modelOf(tables), new Set(['b.weight']), before, after);
  expect([...part.tables.keys()]).toEqual(['b.weight']);
  const mixed = `let found = mean(mean(lookup(words, param([vocabulary, 2]) @words)))
  output velocity: image(4x4) = noisy * time + found + embed(label, 1) @a`;
  expect(movedRows(modelOf(mixed), new Set(['a.weight']), before, after).notes).toEqual([
    '  moved by the names of classes: rows of a.weight: y 1 → 0, x 0 → 1',
  ]);
  const through = `let found = mean(mean(lookup(words, linear(param([vocabulary, 2]) @words, 2) @wide)))
  output velocity: image(4x4) = noisy * time + found + embed(label, 1) @a`;
  const words = { class: [], tokens: ['', 'b', 'a'] };
  const { tables: moved, notes } = movedRows(modelOf(through), all, words, { class: [], tokens: ['', 'a', 'b'] });
  expect([...moved]).toEqual([]);
  expect(notes).toEqual([
    'warning: numbers of words mean something else than where the weights come from, and M reads tokens in a way whose weights cannot be moved: 1 was b and is a, 2 was a and is b.',
  ]);
});

it('puts rows together', () => {
  const [source, drawn] = [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(7, 8, 9, 10, 11, 12)];
  expect([...withMovedRows(source, drawn, [1, null, 2])]).toEqual([3, 4, 9, 10, 5, 6]);
});

it('knows names by the recipe and by the metadata of a file', () => {
  const text = { encoder: 'vocabulary', prefix: 'a', length: 4, scale: 1 } as const;
  expect(rowNames({ recipe: { text }, classes: ['x'], words: ['a', 'red'] })).toEqual({
    class: ['x'],
    tokens: ['', 'a', 'red'],
  });
  const words = { ...text, encoder: 'words' } as const;
  expect(rowNames({ recipe: { text: words }, classes: [], words: ['a', 'red'] }).tokens).toEqual([]);
  const notes = { text_encoder: 'vocabulary', text_length: '4', text_words: '["red"]', text_prefix: 'a' };
  expect(namesInFile({ classes: '["x"]', ...notes })).toEqual({
    class: ['x'],
    tokens: ['', 'a', 'red'],
  });
  expect(namesInFile({ classes: 'many', text_words: '[1]' })).toEqual(none);
});
