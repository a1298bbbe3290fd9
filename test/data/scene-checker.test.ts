import { expect, it } from '@jest/globals';
import { normalDraws } from '../../src/compiler/ops/philox';
import { checkScene, findThings } from '../../src/data/scene-checker';
import { combinations, colours, counts, positions, shapes } from '../../src/data/scenes/attributes';
import { renderScene, scene, type Scene } from '../../src/data/sources/scenes';

const size = { height: 32, width: 32 };
const everything = { shape: true, colour: true, count: true, position: true };
/** Every combination once. */
const scenes = combinations.map((_, i) => scene(i, { seed: 3, split: 'all' }));

it('finds in every scene what its caption says', () => {
  const wrong = scenes.filter((made) =>
    Object.values(checkScene(renderScene(made, size), size, made.caption)).some((x) => x !== true),
  );
  expect(wrong.map((made) => made.caption)).toEqual([]);
});

it('finds it in larger and in oblong images too', () => {
  for (const made of scenes.filter((_, i) => i % 40 === 0)) {
    for (const other of [
      { height: 64, width: 64 },
      { height: 48, width: 64 },
    ]) {
      expect([made.caption, checkScene(renderScene(made, other), other, made.caption)]).toEqual([
        made.caption,
        everything,
      ]);
    }
  }
});

it('finds it under noise of a few levels', () => {
  const noise = normalDraws([1, 2], 0, size.height * size.width * 3);
  const wrong = scenes
    .filter((_, i) => i % 8 === 0)
    .filter((made) => {
      const noisy = Uint8Array.from(renderScene(made, size), (x, i) => Math.max(0, Math.min(255, x + 8 * noise[i])));
      return Object.values(checkScene(noisy, size, made.caption)).some((x) => x !== true);
    });
  expect(wrong.map((made) => made.caption)).toEqual([]);
});

/** Another value than a scene has. */
function other<T>(values: readonly T[], value: T): T {
  return values[(values.indexOf(value) + 1) % values.length];
}

it('tells which claim does not hold, and no other', () => {
  for (const made of scenes.filter((_, i) => i % 16 === 0)) {
    const verdict = (altered: Scene) => checkScene(renderScene(altered, size), size, made.caption);
    const shape = other(shapes, made.shape);
    expect([made.caption, shape, verdict({ ...made, shape })]).toEqual([
      made.caption,
      shape,
      { ...everything, shape: false },
    ]);
    const colour = other(colours, made.colour);
    expect([made.caption, colour, verdict({ ...made, colour })]).toEqual([
      made.caption,
      colour,
      { ...everything, colour: false },
    ]);
    const elsewhere = other(positions, made.position);
    const moved = scenes.find(
      (s) => s.position === elsewhere && s.shape === made.shape && s.colour === made.colour && s.count === made.count,
    )!;
    expect([made.caption, elsewhere, verdict(moved)]).toEqual([
      made.caption,
      elsewhere,
      { ...everything, position: false },
    ]);
    const count = other(counts, made.count);
    const more = scenes.find(
      (s) => s.count === count && s.shape === made.shape && s.colour === made.colour && s.position === made.position,
    )!;
    expect([made.caption, count, verdict(more)]).toEqual([made.caption, count, { ...everything, count: false }]);
  }
});

it('asks that all things are as the caption says', () => {
  const red = scenes.find((s) => s.caption.includes('two red circles') && s.position === 'left')!;
  const pixels = renderScene(red, size);
  // One of the two becomes blue: whatever is in the lower half changes its channels.
  for (let i = (pixels.length / 2) | 0; i < pixels.length; i += 3)
    [pixels[i], pixels[i + 2]] = [pixels[i + 2], pixels[i]];
  expect(findThings(pixels, size).map((thing) => thing.colour)).toEqual(['red', 'blue']);
  expect(checkScene(pixels, size, red.caption)).toEqual({ ...everything, colour: false });
});

it('finds nothing on white, and does not judge what is not said', () => {
  const white = new Uint8Array(32 * 32 * 3).fill(255);
  const none = { shape: false, colour: false, count: false, position: false };
  expect(checkScene(white, size, 'a red circle on the left')).toEqual(none);
  expect(checkScene(white, size, 'something red')).toEqual({ shape: null, colour: false, count: null, position: null });
});
