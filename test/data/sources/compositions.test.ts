import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { compositionCategories as categories } from '../../../src/compiler/recipe/data/compositions';
import { openImageSet } from '../../../src/data/image-set';
import { composition, renderComposition } from '../../../src/data/sources/compositions';
import { inFolder } from '../../support/weft';

const size = { height: 32, width: 32 };

it('draws the same picture for the same number and seed, byte by byte', () => {
  const digest = (index: number, seed: number) =>
    createHash('sha256')
      .update(renderComposition(composition(index, { seed, split: 'train', categories }), size))
      .digest('hex')
      .slice(0, 16);
  expect(new Set([digest(3, 1), digest(10, 1), digest(3, 2)]).size).toBe(3);
  // The bytes of the first picture, so that scores of different versions speak of the same pictures.
  expect(digest(0, 0)).toBe('dc81bf43c87b8777');
});

it('takes categories in turn, and passes over those without held-out pictures', () => {
  const first = (split: 'train' | 'held_out') =>
    categories.map((_, i) => composition(i, { seed: 0, split, categories }).category);
  expect(first('train')).toEqual(categories);
  expect(first('held_out')).toEqual([...categories.slice(1), 'two_objects']);
  expect(() => composition(0, { seed: 0, split: 'held_out', categories: ['single_object'] })).toThrow(
    'nothing that could be held out',
  );
});

it('is an image set whose classes are its categories', () =>
  inFolder(async (cache) => {
    const source = {
      kind: 'compositions',
      categories: ['long', 'colours'],
      count: 5,
      seed: 1,
      split: 'train',
    } as const;
    const set = await openImageSet(source, { height: 16, width: 24 }, { cache });
    expect([set.count, set.classes, [...set.labels]]).toEqual([5, ['long', 'colours'], [0, 1, 0, 1, 0]]);
    expect(set.captions[3]).toBe(composition(3, source).caption);
    await set.close();
  }));
