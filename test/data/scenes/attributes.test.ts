import { expect, it } from '@jest/globals';
import {
  captionForms,
  captionOf,
  colours,
  combinations,
  combinationsOf,
  counts,
  positions,
  readCaption,
  shapes,
} from '../../../src/data/scenes/attributes';

it('reads every caption back, however it is put', () => {
  for (const attributes of combinations) {
    for (let form = 0; form < captionForms; form++) {
      expect([captionOf(attributes, form), readCaption(captionOf(attributes, form))]).toEqual([
        captionOf(attributes, form),
        attributes,
      ]);
    }
  }
});

it('speaks plainly', () => {
  const scene = { shape: 'cross', colour: 'orange', count: 1, position: 'top' } as const;
  expect(captionOf(scene)).toBe('an orange cross at the top');
  expect(captionOf({ ...scene, count: 3 }, 1)).toBe('at the top, three orange crosses');
  expect(captionOf(scene, 2)).toBe('a picture of one orange cross at the top');
});

it('claims nothing that a caption does not say', () => {
  expect(readCaption('a picture of red things')).toEqual({ shape: null, colour: 'red', count: null, position: null });
  expect(readCaption('2 rings in the center')).toEqual({ shape: 'ring', colour: null, count: 2, position: 'centre' });
  expect(readCaption('')).toEqual({ shape: null, colour: null, count: null, position: null });
});

it('holds combinations out whose parts are all shown in training', () => {
  const [train, heldOut] = [combinationsOf('train'), combinationsOf('held_out')];
  expect(train.length + heldOut.length).toBe(combinations.length);
  expect(train.filter((a) => heldOut.includes(a))).toEqual([]);
  for (const some of [train, heldOut]) {
    expect(new Set(some.map((a) => a.shape)).size).toBe(shapes.length);
    expect(new Set(some.map((a) => a.colour)).size).toBe(colours.length);
    expect(new Set(some.map((a) => a.count)).size).toBe(counts.length);
    expect(new Set(some.map((a) => a.position)).size).toBe(positions.length);
  }
  const pairs = (a: (typeof train)[number]): string[] => {
    const words = [a.shape, a.colour, String(a.count), a.position];
    return words.flatMap((word, i) => words.slice(i + 1).map((other) => `${word} ${other}`));
  };
  expect(new Set(train.flatMap(pairs))).toEqual(new Set(combinations.flatMap(pairs)));
});
