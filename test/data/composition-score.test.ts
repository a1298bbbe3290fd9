import { expect, it } from '@jest/globals';
import { compositionCategories as categories } from '../../src/compiler/recipe/data/compositions';
import { scoreCompositions } from '../../src/data/composition-score';
import { composition, renderComposition } from '../../src/data/sources/compositions';

const size = { height: 24, width: 24 };
const said = Array.from({ length: 4 * categories.length }, (_, i) =>
  composition(i, { seed: 2, split: 'train', categories }),
);
const pixels = Uint8Array.from(said.flatMap((made) => [...renderComposition(made, size)]));

it('finds all right in the pictures that were made for the captions', () => {
  const score = scoreCompositions(pixels, size, said);
  for (const category of categories) expect(score.categories[category]).toMatchObject({ share: 1, high: 1, images: 4 });
  expect([score.mean, score.factsOfCaption]).toEqual([1, 1]);
  // Of each long caption three shapes, counts, colours and sizes, two relations, and that there is nothing else.
  expect(Object.entries(score.facts).map(([kind, found]) => [kind, found.facts, found.share])).toEqual([
    ['shape', 12, 1],
    ['count', 12, 1],
    ['colour', 12, 1],
    ['size', 12, 1],
    ['relation', 8, 1],
    ['nothing_else', 4, 1],
  ]);
});

it('counts a picture as right if all facts hold, and a fact by itself', () => {
  const red = said.find(({ category }) => category === 'long')!;
  const [first, ...others] = red.things;
  const colour = first.colour === 'red' ? 'blue' : 'red';
  const wrong = renderComposition({ ...red, things: [{ ...first, colour }, ...others] }, size);
  const both = Uint8Array.from([...renderComposition(red, size), ...wrong]);
  const score = scoreCompositions(both, size, [red, red]);
  expect(score.categories.long).toMatchObject({ share: 1 / 2, images: 2 });
  expect(score.facts.colour).toMatchObject({ share: 5 / 6, facts: 6 });
  expect(score.facts.shape?.share).toBe(1);
  // 14 of 15 facts of the second caption.
  expect(score.factsOfCaption).toBeCloseTo((1 + 14 / 15) / 2, 12);
  expect(score.mean).toBe(null);
});

it('means over categories, each counted once', () => {
  const some = said.filter(({ category }) => category === 'colours' || category === 'counting');
  const counting = some.map((made) =>
    made.category === 'counting'
      ? renderComposition(made, size)
      : new Uint8Array(size.height * size.width * 3).fill(255),
  );
  const one = some.find(({ category }) => category === 'counting')!;
  const score = scoreCompositions(
    Uint8Array.from([...counting.flatMap((p) => [...p]), ...counting[some.indexOf(one)]]),
    size,
    [...some, one],
  );
  expect([score.categories.colours?.share, score.categories.counting?.share, score.mean]).toEqual([0, 1, 0.5]);
  expect(score.facts).toEqual({});
});
