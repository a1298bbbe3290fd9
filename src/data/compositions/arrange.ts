/** Where the things of a composition are: each in a cell of the picture, so that they do not touch and relations are plain. */
// Tested by test/data/compositions/facts.test.ts.
import type { Looks, Placed } from '../scenes/shapes';
import type { Content, Group, Relation } from './content';
import { radii } from './facts';

/** A thing in units of the image's sides: its centre in 0..1 of width and height, its radius in parts of the shorter side. */
export type PlacedThing = Looks & Placed;

/** The least room between two things, in parts of the shorter side. */
const room = 0.09;
/** The least room between a thing and the edge. */
const edge = 0.02;

/** The step from a group to another one that it has a relation to. */
const steps: { readonly [R in Relation]: readonly [number, number] } = {
  'left of': [0.5, 0],
  'right of': [-0.5, 0],
  above: [0, 0.5],
  below: [0, -0.5],
};

export function arrange({ groups, links }: Content, draw: () => number): PlacedThing[] {
  const [only] = groups;
  if (groups.length === 1) return only.count === 1 ? [anywhere(only, draw)] : inQuarters(only, draw);
  // Where each group is, beginning with group 0 at (0, 0).
  const at: (readonly [number, number])[] = groups.map(() => [0, 0]);
  for (const { first, relation, second } of links) {
    const [dx, dy] = steps[relation];
    if (first === 0) at[second] = [dx, dy];
    else at[first] = [-dx, -dy];
  }
  // All together are in the middle; where they share a row or a column, that may be another than the middle one.
  const shift = [0, 1].map((axis) => {
    const along = at.map((place) => place[axis]);
    const [low, high] = [Math.min(...along), Math.max(...along)];
    return 0.5 - (low + high) / 2 + (low === high ? (draw() - 0.5) * 0.3 : 0);
  });
  return groups.map((group, i) => near(group, [at[i][0] + shift[0], at[i][1] + shift[1]], draw));
}

/** Somewhere near a point whose neighbours are half a side away. */
function near(group: Group, [x, y]: readonly [number, number], draw: () => number): PlacedThing {
  const radius = radiusOf(group, draw);
  const most = (0.5 - room) / 2 - radius;
  const within = (at: number): number => {
    const moved = at + (2 * draw() - 1) * most;
    return Math.min(1 - radius - edge, Math.max(radius + edge, moved));
  };
  return { shape: group.shape, colour: group.colour, radius, x: within(x), y: within(y) };
}

function anywhere(group: Group, draw: () => number): PlacedThing {
  const radius = radiusOf(group, draw);
  const within = (): number => radius + edge + draw() * (1 - 2 * (radius + edge));
  return { shape: group.shape, colour: group.colour, radius, x: within(), y: within() };
}

/** Up to four things, each in its quarter of the picture. */
function inQuarters(group: Group, draw: () => number): PlacedThing[] {
  const quarters = [0, 1, 2, 3];
  while (quarters.length > group.count) quarters.splice(Math.floor(draw() * quarters.length), 1);
  return quarters.map((quarter) =>
    near(group, [0.25 + 0.5 * (quarter % 2), 0.25 + 0.5 * Math.floor(quarter / 2)], draw),
  );
}

function radiusOf({ size }: Group, draw: () => number): number {
  const [least, most] = radii[size];
  return least + (most - least) * draw();
}
