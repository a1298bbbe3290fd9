import { expect, it } from '@jest/globals';
import { checkNoParts, classesOf, classOrder } from '../../../src/data/folder/classes';
import { failureOf } from '../../support/failure';

it.each([
  [
    ['dog', 'cat'],
    ['cat', 'dog'],
  ],
  [
    ['10', '2', '0', '1'],
    ['0', '1', '2', '10'],
  ],
  [
    ['010', '2', '1'],
    ['1', '2', '010'],
  ],
  [
    ['1', '01'],
    ['01', '1'],
  ],
  [
    ['10', '2', 'x'],
    ['10', '2', 'x'],
  ],
])('orders classes %j as %j', (names, wanted) => expect(classOrder(names)).toEqual(wanted));

const files = (...folders: string[]): string[] => folders.map((folder) => `${folder}/1.png`);

it.each<[readonly string[], readonly string[], string]>([
  [['train', 'val'], files('train/a', 'val/a'), 'pics/train'],
  [['test', 'train', 'valid'], files('test', 'train', 'valid'), 'pics/train'],
  [['Train', 'Validation'], files('Train/a', 'Validation/a'), 'pics/Train'],
  [['train'], files('train/a', 'train/b'), 'pics/train'],
  [['val'], files('val/a'), 'pics/val'],
  [['annotations', 'train', 'val'], ['annotations/a.json', ...files('train/a', 'val/a')], 'pics/train'],
])('refuses the parts %j of a data set', async (folders, names, wanted) => {
  expect(await failureOf(() => checkNoParts('pics', folders, names))).toContain(`use folder("${wanted}")`);
});

it('counts the parts', async () => {
  expect(await failureOf(() => checkNoParts('pics', ['val'], files('val/a')))).toContain(
    'The subfolder val of pics is a part',
  );
});

it.each<[readonly string[], readonly string[]]>([
  [['bus', 'car', 'train'], files('bus', 'car', 'train')],
  [['train'], files('train')],
  [['car', 'test', 'train'], files('car', 'test', 'train')],
  [[], ['train.png']],
])('takes %j for classes', (folders, names) => expect(() => checkNoParts('pics', folders, names)).not.toThrow());

it('keeps the number of a class without pictures', () => {
  expect(classesOf('pics', ['a', 'b', 'c'], files('a', 'c'))).toEqual(['a', 'b', 'c']);
  expect(classesOf('pics', ['notes'], ['1.png'])).toEqual(['pics']);
});
