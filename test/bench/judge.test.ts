import { expect, it } from '@jest/globals';
import { exactEdit, judgeEdits, picturesOf, sceneEdits, unedited, type SceneEdit } from '../../bench/editing/judge';
import { claims } from '../../src/data/scene-score';
import { renderScene } from '../../src/data/sources/scenes';

const size = { height: 24, width: 24 };
const edits = sceneEdits(12, 0);
const ofShapeOrColour = edits.filter(({ of }) => of === 'shape' || of === 'colour');

function joined(pictures: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pictures));
}

function exact(some: readonly SceneEdit[]): Uint8Array {
  return joined(some.map((edit) => exactEdit(edit, size)!));
}

it('asks for one other value of one attribute', () => {
  expect(edits).toHaveLength(4 * 12);
  for (const { of, from, to } of edits) expect(claims.filter((claim) => from[claim] !== to[claim])).toEqual([of]);
});

it('finds the exact edit without fault', () => {
  const { changed, kept, both, background, things } = judgeEdits(ofShapeOrColour, exact(ofShapeOrColour), size);
  expect([changed.share, kept.share, both.share]).toEqual([1, 1, 1]);
  expect(background).toEqual({ equal: 1, off: 0 });
  expect(things).toBe(0);
});

it('finds that nothing was changed', () => {
  const before = picturesOf(edits, size);
  const { changed, kept, both, background, things } = judgeEdits(edits, before, size);
  expect([changed.share, kept.share, both.share]).toEqual([0, 1, 0]);
  expect(background).toEqual({ equal: 1, off: 0 });
  expect(things).toBeGreaterThan(10);
  expect(judgeEdits(unedited(edits), before, size)).toMatchObject({
    changed: { share: 1 },
    both: { share: 1 },
    things: 0,
  });
});

it('measures a change of the background alone', () => {
  const edit = edits.find(({ of, from }) => of === 'colour' && from.position === 'left')!;
  const pixels = exact([edit]);
  const [row, column] = [0, 23];
  pixels[(row * 24 + column) * 3] -= 51;
  const { both, background, things } = judgeEdits([edit], pixels, size);
  expect(both.share).toBe(1);
  expect(things).toBe(0);
  const numbers = Math.round(51 / background!.off);
  expect(background!.off).toBeCloseTo(51 / numbers, 10);
  expect(background!.equal).toBeCloseTo(1 - 1 / numbers, 10);
  expect(numbers % 3).toBe(0);
  expect(numbers).toBeLessThanOrEqual(24 * 24 * 3);
});

it('tells a lost attribute from a change that was not made', () => {
  const edit = edits.find(({ of, from }) => of === 'colour' && from.count === 2)!;
  const fewer = renderScene({ ...edit.from, colour: edit.to.colour, things: edit.from.things.slice(0, 1) }, size);
  const { changed, kept, both } = judgeEdits([edit], fewer, size);
  expect([changed.share, kept.share, both.share]).toEqual([1, 0, 0]);
});

it('has no one picture where things may go anywhere', () => {
  const moved = edits.filter(({ of }) => of === 'position' || of === 'count');
  expect(moved.map((edit) => exactEdit(edit, size))).toEqual(moved.map(() => null));
  expect(judgeEdits(moved, picturesOf(moved, size), size)).toMatchObject({ background: null, things: null });
});
