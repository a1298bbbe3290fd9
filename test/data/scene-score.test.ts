import { expect, it } from '@jest/globals';
import { scenesOf, scoreScenes, share } from '../../src/data/scene-score';
import { renderScene } from '../../src/data/sources/scenes';

const size = { height: 24, width: 24 };
const scenes = scenesOf({ count: 96, seed: 5, split: 'held_out' });
const captions = scenes.map((scene) => scene.caption);
const pixels = Uint8Array.from(scenes.flatMap((scene) => [...renderScene(scene, size)]));

it('finds that pictures show what their captions say, and those of other captions by chance', () => {
  const { shape, colour, count, position, all } = scoreScenes(pixels, size, captions);
  // At 24x24 about one picture in two hundred is misread.
  for (const { share: right } of [shape, colour, count, position, all]) expect(right).toBeGreaterThanOrEqual(94 / 96);
  const others = scoreScenes(pixels, size, [...captions.slice(1), captions[0]]);
  expect(others.colour.share).toBeLessThan(1 / 3);
  expect(others.all.share).toBeLessThan(0.05);
});

it('counts an image as right in all when it is right in each', () => {
  // The first half on white shows nothing.
  const half = pixels.slice().fill(255, 0, pixels.length / 2);
  const score = scoreScenes(half, size, captions);
  expect(score.all.share).toBeLessThanOrEqual(0.5);
  expect(score.all.share).toBeGreaterThanOrEqual(46 / 96);
});

it('states the interval of Wilson, which stays within 0 and 1', () => {
  const { low, high } = share(8, 10);
  // Closed form: (0.8 + z²/20 ± z·√(0.016 + z²/400)) / (1 + z²/10) for z = 1.96.
  expect([low, high]).toEqual([expect.closeTo(0.4902, 4), expect.closeTo(0.9433, 4)]);
  expect(share(20, 20)).toEqual({ share: 1, low: expect.closeTo(0.8389, 4), high: 1 });
  expect(share(0, 20).low).toBe(0);
});
