import { expect, it } from '@jest/globals';
import { compositionCategories as categories } from '../../../src/compiler/recipe/data/compositions';
import { checkFacts, factsOf, type Fact } from '../../../src/data/compositions/facts';
import { composition, renderComposition, type Composition } from '../../../src/data/sources/compositions';

const size = { height: 32, width: 32 };
const options = { seed: 4, split: 'all', categories } as const;
const made = Array.from({ length: 30 * categories.length }, (_, i) => composition(i, options));

/** What is not so in a picture. */
function wrong(picture: Composition, facts: readonly Fact[], at = size): Fact[] {
  const holds = checkFacts(renderComposition(picture, at), at, facts);
  return facts.filter((_, i) => !holds[i]);
}

it('finds in every picture what its caption says, at 24x24, at 32x32 and in oblong ones', () => {
  for (const at of [{ height: 24, width: 24 }, size, { height: 24, width: 36 }]) {
    const bad = made.filter((picture) => wrong(picture, picture.facts, at).length > 0);
    expect([at, bad.map(({ caption }) => caption)]).toEqual([at, []]);
  }
});

const long = made.filter(({ category }) => category === 'long');

it('states of a long caption what each thing is, how they stand, and that there is nothing else', () => {
  const content = {
    category: 'long',
    groups: [
      { shape: 'ring', colour: 'red', size: 'large', count: 1 },
      { shape: 'square', colour: 'blue', size: 'small', count: 1 },
    ],
    links: [{ first: 0, relation: 'above', second: 1 }],
  } as const;
  expect(factsOf(content)).toEqual([
    { kind: 'shape', shape: 'ring' },
    { kind: 'count', shape: 'ring', count: 1 },
    { kind: 'colour', shape: 'ring', colour: 'red' },
    { kind: 'size', shape: 'ring', size: 'large' },
    { kind: 'shape', shape: 'square' },
    { kind: 'count', shape: 'square', count: 1 },
    { kind: 'colour', shape: 'square', colour: 'blue' },
    { kind: 'size', shape: 'square', size: 'small' },
    { kind: 'relation', shape: 'ring', relation: 'above', other: 'square' },
    { kind: 'nothing_else', shapes: ['ring', 'square'] },
  ]);
  expect(factsOf({ ...content, category: 'two_objects' }).map(({ kind }) => kind)).toEqual([
    'shape',
    'count',
    'shape',
    'count',
    'nothing_else',
  ]);
});

it('finds a wrong colour, and nothing else wrong', () => {
  for (const picture of long.slice(0, 12)) {
    const [first, ...others] = picture.things;
    const colour = first.colour === 'red' ? 'blue' : 'red';
    const bad = wrong({ ...picture, things: [{ ...first, colour }, ...others] }, picture.facts);
    expect([picture.caption, bad]).toEqual([
      picture.caption,
      [{ kind: 'colour', shape: first.shape, colour: first.colour }],
    ]);
  }
});

it('finds colours that are bound to the wrong things', () => {
  for (const picture of made.filter(({ category }) => category === 'binding').slice(0, 12)) {
    const [a, b] = picture.things;
    const things = [
      { ...a, colour: b.colour },
      { ...b, colour: a.colour },
    ];
    const bad = wrong({ ...picture, things }, picture.facts);
    expect([picture.caption, bad.map(({ kind }) => kind)]).toEqual([picture.caption, ['colour', 'colour']]);
  }
});

it('finds a wrong size, and nothing else wrong', () => {
  for (const picture of long.slice(0, 12)) {
    const [first, ...others] = picture.things;
    const [size, radius] = first.radius > 0.15 ? (['large', 0.13] as const) : (['small', 0.19] as const);
    const bad = wrong({ ...picture, things: [{ ...first, radius }, ...others] }, picture.facts);
    expect([picture.caption, bad]).toEqual([picture.caption, [{ kind: 'size', shape: first.shape, size }]]);
  }
});

it('finds that things stand the other way round', () => {
  for (const picture of made.filter(({ category }) => category === 'position').slice(0, 12)) {
    const [a, b] = picture.things;
    const things = [
      { ...a, x: b.x, y: b.y },
      { ...b, x: a.x, y: a.y },
    ];
    const bad = wrong({ ...picture, things }, picture.facts);
    expect([picture.caption, bad.map(({ kind }) => kind)]).toEqual([picture.caption, ['relation']]);
  }
});

it('finds one too many and one too few', () => {
  for (const picture of made.filter(({ category }) => category === 'counting').slice(0, 12)) {
    const bad = wrong({ ...picture, things: picture.things.slice(1) }, picture.facts);
    expect([picture.caption, bad.map(({ kind }) => kind)]).toEqual([picture.caption, ['count']]);
  }
  for (const picture of made.filter(({ category }) => category === 'single_object').slice(0, 12)) {
    const [thing] = picture.things;
    const far = (at: number): number => (at < 0.5 ? 0.85 : 0.15);
    const second = { ...thing, radius: 0.13, x: far(thing.x), y: far(thing.y) };
    const bad = wrong({ ...picture, things: [{ ...thing, radius: 0.13 }, second] }, picture.facts);
    expect([picture.caption, bad.map(({ kind }) => kind)]).toEqual([picture.caption, ['count']]);
  }
});

it('finds another shape in place of one, and beside those that are named', () => {
  for (const picture of long.slice(0, 12)) {
    const [first, ...others] = picture.things;
    const shape = (['circle', 'square', 'triangle', 'cross', 'ring'] as const).find((s) =>
      picture.things.every((thing) => thing.shape !== s),
    )!;
    const about = picture.facts.filter(
      (fact) =>
        fact.kind === 'nothing_else' ||
        fact.shape === first.shape ||
        (fact.kind === 'relation' && fact.other === first.shape),
    );
    const bad = wrong({ ...picture, things: [{ ...first, shape }, ...others] }, picture.facts);
    expect([picture.caption, bad]).toEqual([picture.caption, about]);
  }
  const single = made.find(({ category, things }) => category === 'single_object' && things[0].x < 0.4)!;
  const other = single.things[0].shape === 'ring' ? 'square' : 'ring';
  const more = { shape: other, colour: 'red', x: 0.8, y: 0.5, radius: 0.13 } as const;
  const bad = wrong({ ...single, things: [...single.things, more] }, single.facts);
  expect(bad.map(({ kind }) => kind)).toEqual(['nothing_else']);
});

it('finds nothing on white', () => {
  const [picture] = long;
  expect(wrong({ ...picture, things: [] }, picture.facts)).toEqual(picture.facts);
});
