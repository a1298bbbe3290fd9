/** The facts that a caption of a composition states, and whether they hold for an image, decided by its pixels. */
import { assertNever } from '../../compiler/invariant';
import type { ImageSize } from '../image-set';
import { findThings, type FoundThing } from '../scene-checker';
import type { SceneColour, SceneShape } from '../scenes/attributes';
import { unitArea } from '../scenes/shapes';
import { says, type Content, type Relation, type ThingSize } from './content';

/** A fact about all things of one shape. Where there is none, no fact about them holds. */
export type Fact =
  | { readonly kind: 'shape'; readonly shape: SceneShape }
  | { readonly kind: 'count'; readonly shape: SceneShape; readonly count: number }
  | { readonly kind: 'colour'; readonly shape: SceneShape; readonly colour: SceneColour }
  | { readonly kind: 'size'; readonly shape: SceneShape; readonly size: ThingSize }
  | { readonly kind: 'relation'; readonly shape: SceneShape; readonly relation: Relation; readonly other: SceneShape }
  | { readonly kind: 'nothing_else'; readonly shapes: readonly SceneShape[] };

/** Kinds of facts, and what each is called. */
export const factKinds: { readonly [K in Fact['kind']]: string } = {
  shape: 'shapes are there',
  count: 'as many as said',
  colour: 'colours',
  size: 'sizes',
  relation: 'relations',
  nothing_else: 'nothing else',
};

/** Radii, in parts of the shorter side, by size: the smallest and the largest. */
export const radii: { readonly [S in ThingSize]: readonly [number, number] } = {
  small: [0.125, 0.135],
  large: [0.18, 0.195],
};
/** Things with a larger radius than this are large. */
const large = (radii.small[1] + radii.large[0]) / 2;

/** The facts that the caption of a picture states: of its shapes and their numbers, of what its category says, and that there is nothing else. */
export function factsOf({ category, groups, links }: Content): Fact[] {
  const said = says[category];
  return [
    ...groups.flatMap(({ shape, count, colour, size }): Fact[] => [
      { kind: 'shape', shape },
      { kind: 'count', shape, count },
      ...(said.colour ? [{ kind: 'colour', shape, colour } as const] : []),
      ...(said.size ? [{ kind: 'size', shape, size } as const] : []),
    ]),
    ...(said.links ? links : []).map(({ first, relation, second }): Fact => {
      return { kind: 'relation', shape: groups[first].shape, relation, other: groups[second].shape };
    }),
    { kind: 'nothing_else', shapes: groups.map(({ shape }) => shape) },
  ];
}

/** Whether each fact holds for an image, bytes [height, width, 3]. Things that touch are one thing. */
export function checkFacts(pixels: Uint8Array, size: ImageSize, facts: readonly Fact[]): boolean[] {
  const things = findThings(pixels, size);
  return facts.map((fact) => holds(fact, things, size));
}

function holds(fact: Fact, things: readonly FoundThing[], size: ImageSize): boolean {
  const of = (shape: SceneShape): FoundThing[] => things.filter((thing) => thing.shape === shape);
  const all = (shape: SceneShape, is: (thing: FoundThing) => boolean): boolean => {
    const found = of(shape);
    return found.length > 0 && found.every(is);
  };
  switch (fact.kind) {
    case 'shape':
      return of(fact.shape).length > 0;
    case 'count':
      return of(fact.shape).length === fact.count;
    case 'colour':
      return all(fact.shape, ({ colour }) => colour === fact.colour);
    case 'size':
      return all(fact.shape, (thing) => sizeOf(thing, size) === fact.size);
    case 'relation':
      return all(fact.shape, (thing) => all(fact.other, (other) => relationOf(thing, other, size) === fact.relation));
    case 'nothing_else':
      return things.length > 0 && things.every(({ shape }) => fact.shapes.includes(shape));
    default:
      return assertNever(fact);
  }
}

function sizeOf({ shape, area }: FoundThing, { height, width }: ImageSize): ThingSize {
  return Math.sqrt(area / unitArea[shape]) / Math.min(height, width) > large ? 'large' : 'small';
}

/** The direction from `other` to `thing`: the axis along which their centres are further apart, in parts of the sides. */
function relationOf(thing: FoundThing, other: FoundThing, { height, width }: ImageSize): Relation {
  const dx = (thing.x - other.x) / width;
  const dy = (thing.y - other.y) / height;
  if (Math.abs(dx) > Math.abs(dy)) return dx < 0 ? 'left of' : 'right of';
  return dy < 0 ? 'above' : 'below';
}
