import { expect, it } from '@jest/globals';
import { captionForms, captionOf } from '../../../src/data/compositions/captions';
import type { Content } from '../../../src/data/compositions/content';

const ring = { shape: 'ring', colour: 'orange', size: 'large', count: 1 } as const;
const square = { shape: 'square', colour: 'blue', size: 'small', count: 1 } as const;
const cross = { shape: 'cross', colour: 'green', size: 'small', count: 1 } as const;
const leftOf = { first: 0, relation: 'left of', second: 1 } as const;

const forms = (content: Content): string[] =>
  Array.from({ length: captionForms }, (_, form) => captionOf(content, form));

it('says of each category what it is about, in three ways', () => {
  const of = (category: Content['category'], groups: Content['groups'], links: Content['links'] = []): string[] =>
    forms({ category, groups, links });
  expect(of('single_object', [ring])).toEqual(['a ring', 'a picture of a ring', 'there is a ring']);
  expect(of('counting', [{ ...cross, count: 3 }])).toEqual([
    'three crosses',
    'a picture of three crosses',
    'there are three crosses',
  ]);
  expect(of('colours', [ring])[0]).toBe('an orange ring');
  expect(of('two_objects', [ring, square], [leftOf])[2]).toBe('there is a ring and a square');
  expect(of('binding', [ring, square], [leftOf])[0]).toBe('an orange ring and a blue square');
  expect(of('position', [ring, square], [leftOf])).toEqual([
    'a ring left of a square',
    'a picture of a ring to the left of a square',
    'there is a ring left of a square',
  ]);
});

it('says all facts of a long caption, in one sentence or after each other', () => {
  const links = [leftOf, { first: 2, relation: 'below', second: 0 } as const];
  expect(forms({ category: 'long', groups: [ring, square, cross], links })).toEqual([
    'a large orange ring is left of a small blue square, and a small green cross is below the ring',
    'a large orange ring, a small blue square and a small green cross; the ring is to the left of the square, the cross is below the ring',
    'a large orange ring, a small blue square and a small green cross; the ring is left of the square, the cross is below the ring',
  ]);
});
