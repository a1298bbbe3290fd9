import { expect, it } from '@jest/globals';
import { compositionCategories as categories } from '../../../src/compiler/recipe/data/compositions';
import { drawContent, heldOutOf, isIn } from '../../../src/data/compositions/content';
import { colours, shapes } from '../../../src/data/scenes/attributes';
import { draws } from '../../../src/data/scenes/draws';

const drawn = (split: 'train' | 'held_out' | 'all', category: (typeof categories)[number], count: number) =>
  Array.from({ length: count }, (_, i) => drawContent(category, split, draws(7, 1, i)));

it('shows nothing in training that is held out, but every shape, every colour and every relation', () => {
  for (const category of categories) {
    const all = drawn('train', category, 300);
    expect(all.flatMap(heldOutOf)).toEqual([]);
    const groups = all.flatMap((content) => content.groups);
    expect(new Set(groups.map(({ shape }) => shape))).toEqual(new Set(shapes));
    expect(new Set(groups.map(({ colour }) => colour))).toEqual(new Set(colours));
    if (category === 'position') expect(new Set(all.map(({ links }) => links[0].relation)).size).toBe(4);
  }
});

it('holds out combinations of the kind that a category asks for, several of each', () => {
  const held = {
    two_objects: 'pair',
    counting: 'count',
    colours: 'colour',
    position: 'place',
    binding: 'binding',
  } as const;
  for (const [category, family] of Object.entries(held) as [keyof typeof held, string][]) {
    expect(new Set(drawn('held_out', category, 100).flatMap(heldOutOf))).toEqual(new Set([family]));
  }
  expect(drawn('held_out', 'long', 100).every((content) => heldOutOf(content).length > 0)).toBe(true);
  // One in eight: 5 of 40 colours of shapes, 1 or 2 of 15 counts and of 10 pairs.
  const pieces = (category: keyof typeof held) =>
    new Set(
      drawn('held_out', category, 300).map(({ groups }) =>
        groups
          .map((g) => g.shape)
          .sort()
          .join(),
      ),
    );
  const words = new Set(
    drawn('held_out', 'colours', 300).map(({ groups: [group] }) => `${group.colour} ${group.shape}`),
  );
  expect(words.size).toBeGreaterThanOrEqual(3);
  expect(words.size).toBeLessThanOrEqual(8);
  expect([...pieces('two_objects')].length).toBeLessThanOrEqual(3);
  expect(isIn('held_out', 'single_object')).toBe(false);
});

it('knows a relation from both its ends', () => {
  for (const there of drawn('all', 'position', 200)) {
    const [link] = there.links;
    const back = {
      first: link.second,
      relation: ({ 'left of': 'right of', 'right of': 'left of', above: 'below', below: 'above' } as const)[
        link.relation
      ],
      second: link.first,
    };
    expect(heldOutOf({ ...there, links: [back] })).toEqual(heldOutOf(there));
  }
});
