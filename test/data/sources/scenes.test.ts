import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { openImageSet } from '../../../src/data/image-set';
import { combinationsOf, shapes } from '../../../src/data/scenes/attributes';
import { renderScene, scene, sceneImages } from '../../../src/data/sources/scenes';
import { inFolder } from '../../support/weft';

const size = { height: 32, width: 32 };

it('draws the same scene for the same number and seed, byte by byte', () => {
  const digest = (index: number, seed: number) =>
    createHash('sha256')
      .update(renderScene(scene(index, { seed, split: 'train' }), size))
      .digest('hex')
      .slice(0, 16);
  expect(digest(3, 1)).toBe(digest(3, 1));
  expect(new Set([digest(3, 1), digest(4, 1), digest(3, 2)]).size).toBe(3);
  // The bytes of the first scene, so that scores of different versions speak of the same scenes.
  expect(digest(0, 0)).toBe('9449af80dee74035');
});

it('shows every combination of its split once in a round, and no other', () => {
  const options = { seed: 2, split: 'held_out' } as const;
  const all = combinationsOf('held_out');
  const round = all.map((_, i) => scene(all.length + i, options));
  const key = (a: object & { shape: string; colour: string; count: number; position: string }) =>
    `${a.shape} ${a.colour} ${a.count} ${a.position}`;
  expect(round.map(key).sort()).toEqual(all.map(key).sort());
  expect(round.every((made) => made.things.length === made.count)).toBe(true);
});

it('is an image set whose classes are the shapes', () =>
  inFolder(async (cache) => {
    const source = { kind: 'scenes', count: 6, seed: 1, split: 'train' } as const;
    const set = await openImageSet(source, { height: 16, width: 24 }, { cache });
    expect([set.count, set.classes]).toEqual([6, shapes]);
    const { shape, caption } = scene(5, source);
    expect([set.classes[set.labels[5]], set.captions[5]]).toEqual([shape, caption]);
    const facts = (seed: number) => sceneImages({ ...source, seed }, size).facts;
    expect(facts(1)).not.toEqual(facts(2));
    await set.close();
  }));
