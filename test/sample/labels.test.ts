import { expect, it } from '@jest/globals';
import { readLabels } from '../../src/sample/labels';

const names = ['cats', 'dogs', 'birds', 'fish'];

it('takes all classes, ten at most, when none are asked for', () => {
  expect(readLabels(null, 4)).toEqual([0, 1, 2, 3]);
  expect(readLabels(null, 1000)).toHaveLength(10);
});

it('reads numbers, ranges and names', () => {
  expect(readLabels('0-2, 3', 4)).toEqual([0, 1, 2, 3]);
  expect(readLabels('Birds,cats', 4, names)).toEqual([2, 0]);
});

it('knows the label that stands for no class', () => {
  expect(readLabels('4', 4)).toEqual([4]);
});

it('says which classes there are', () => {
  expect(() => readLabels('5', 4)).toThrow('There is no class 5.');
  expect(() => readLabels('dgos', 4, names)).toThrow(expect.objectContaining({ hint: 'Did you mean dogs?' }));
  expect(() => readLabels('3-1', 4)).toThrow('There is no class 3-1.');
});

it.each<[string, readonly string[], number[]]>([
  ['10', ['0', '1', '10'], [2]],
  ['1', ['0', '1', '2'], [1]],
  ['#2', ['1', '2', '3'], [2]],
  ['=2', ['1', '2', '3'], [1]],
  ['#0-1', ['1', '2', '3'], [0, 1]],
  ['Cat', ['cat', 'Cat'], [1]],
  ['Gr\u00fcn', ['blau', 'Gru\u0308n'], [1]],
  ['Gru\u0308n', ['blau', 'Gr\u00fcn'], [1]],
  ['gr\u00fcn', ['blau', 'Gru\u0308n'], [1]],
  ['Gru\u0308n', ['Gr\u00fcn', 'Gru\u0308n'], [1]],
])('reads %s of classes %j', (text, names, wanted) => {
  expect(readLabels(text, 3, names)).toEqual(wanted);
});

it.each<[string, readonly string[]]>([
  ['2', ['1', '2', '3']],
  ['0-1', ['x', '0-1', 'y']],
])('refuses %s where it is a number and a name of classes %j', (text, names) => {
  expect(() => readLabels(text, 3, names)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining(`"=${text}"`) }),
  );
});

const objects = ['cat', 'bowl, round', 'bowl, flat', 'a "best" cup', '7', '"odd"'];

it.each<[string, number[]]>([
  ['"bowl, round"', [1]],
  ['cat,"bowl, flat", 3', [0, 2, 3]],
  ['"Bowl, Round" , "cat"', [1, 0]],
  ['"a ""best"" cup"', [3]],
  ['a "best" cup', [3]],
  ['"7"', [4]],
  ['"odd"', [5]],
])('reads names in quotes, commas and all: %s', (text, wanted) => {
  expect(readLabels(text, 6, objects)).toEqual(wanted);
});

it.each(['bowl, round', 'cat,bowl', '"bowl, round'])('says how a name with a comma is written: %s', (text) => {
  expect(() => readLabels(text, 6, objects)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining(`--labels '"bowl, round"'`) }),
  );
});
