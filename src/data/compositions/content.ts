/** What compositions show: categories after GenEval's, things with sizes and relations, and which combinations are held out. */
import { createHash } from 'node:crypto';
import { colours, shapes, type SceneColour, type SceneShape, type SceneSplit } from '../scenes/attributes';
import { invariant } from '../../compiler/invariant';
import type { compositionCategories } from '../../compiler/recipe/data/compositions';

export type Category = (typeof compositionCategories)[number];

const thingSizes = ['small', 'large'] as const;
export type ThingSize = (typeof thingSizes)[number];

const relations = ['left of', 'right of', 'above', 'below'] as const;
export type Relation = (typeof relations)[number];

const opposite: { readonly [R in Relation]: Relation } = {
  'left of': 'right of',
  'right of': 'left of',
  above: 'below',
  below: 'above',
};

/** Things that look alike; in one picture no two groups have the same shape. */
export interface Group {
  readonly shape: SceneShape;
  readonly colour: SceneColour;
  readonly size: ThingSize;
  readonly count: number;
}

/** Group `first` is `relation` group `second`, by their numbers. */
export interface Link {
  readonly first: number;
  readonly relation: Relation;
  readonly second: number;
}

/** What a picture shows, whether or not its caption says it. With three groups, group 0 is linked with each of the others, once along each axis. */
export interface Content {
  readonly category: Category;
  readonly groups: readonly Group[];
  readonly links: readonly Link[];
}

/** What the captions of a category say besides shapes and counts. */
export const says: {
  readonly [C in Category]: { readonly colour: boolean; readonly size: boolean; readonly links: boolean };
} = {
  single_object: { colour: false, size: false, links: false },
  two_objects: { colour: false, size: false, links: false },
  counting: { colour: false, size: false, links: false },
  colours: { colour: true, size: false, links: false },
  position: { colour: false, size: false, links: true },
  binding: { colour: true, size: false, links: false },
  long: { colour: true, size: true, links: true },
};

/** A kind of combination, of which one in about eight is held out. */
type Family = 'colour' | 'count' | 'pair' | 'binding' | 'place';

/** The families whose held-out combinations a category asks for. A caption of a single object says nothing that could be held out. */
const asks: { readonly [C in Category]: readonly Family[] } = {
  single_object: [],
  two_objects: ['pair'],
  counting: ['count'],
  colours: ['colour'],
  position: ['place'],
  binding: ['binding'],
  long: ['colour', 'pair', 'binding', 'place'],
};

/** Whether a split has pictures of a category. */
export function isIn(split: SceneSplit, category: Category): boolean {
  return split !== 'held_out' || asks[category].length > 0;
}

/**
 * Draws what a picture of a category shows. A picture of `train` has no combination that is held out, whatever its caption says of
 * it. A picture of `held_out` has one of those that its category asks for, and, unless its caption is long, no other.
 */
export function drawContent(category: Category, split: SceneSplit, draw: () => number): Content {
  for (let tries = 0; tries < 10_000; tries++) {
    const content = anyContent(category, draw);
    const held = heldOutOf(content);
    if (split === 'all') return content;
    if (split === 'train' && held.length === 0) return content;
    if (split === 'held_out' && held.length > 0 && held.every((family) => asks[category].includes(family)))
      return content;
  }
  invariant(false, `${category} has pictures of the split ${split}`);
}

/** The families of the combinations in a picture that are held out. */
export function heldOutOf({ groups, links }: Content): Family[] {
  const found: Family[] = [];
  const look = (family: Family, combination: string): void => {
    if (isHeldOut(family, combination)) found.push(family);
  };
  const words = groups.map(({ shape, colour }) => `${colour} ${shape}`);
  groups.forEach(({ shape, count }, i) => {
    look('colour', words[i]);
    if (count > 1) look('count', `${count} ${shape}`);
    for (let j = 0; j < i; j++) {
      look('pair', [groups[j].shape, shape].sort().join(', '));
      look('binding', [words[j], words[i]].sort().join(', '));
    }
  });
  for (const link of links) {
    // "a right of b" and "b left of a" are the same.
    const isPlain = link.relation === 'left of' || link.relation === 'above';
    const { first, relation, second } = isPlain ? link : turned(link);
    look('place', `${groups[first].shape} ${relation} ${groups[second].shape}`);
  }
  return found;
}

const known = new Map<string, boolean>();

/** The choice is fixed, so that scores of different runs are about the same combinations. */
function isHeldOut(family: Family, combination: string): boolean {
  const key = `${family}: ${combination}`;
  let isHeld = known.get(key);
  if (isHeld === undefined) {
    isHeld = createHash('sha256').update(`compositions 0: ${key}`).digest()[0] % 8 === 0;
    known.set(key, isHeld);
  }
  return isHeld;
}

function turned({ first, relation, second }: Link): Link {
  return { first: second, relation: opposite[relation], second: first };
}

/** The number of groups. */
const groupsIn: { readonly [C in Category]: number } = {
  single_object: 1,
  two_objects: 2,
  counting: 1,
  colours: 1,
  position: 2,
  binding: 2,
  long: 3,
};

function anyContent(category: Category, draw: () => number): Content {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(draw() * from.length)];
  const groups: Group[] = [];
  while (groups.length < groupsIn[category]) {
    groups.push({
      shape: pick(shapes.filter((shape) => groups.every((group) => group.shape !== shape))),
      colour: pick(colours.filter((colour) => groups.every((group) => group.colour !== colour))),
      size: pick(thingSizes),
      count: category === 'counting' ? pick([2, 3, 4]) : 1,
    });
  }
  return { category, groups, links: anyLinks(groups.length, pick) };
}

function anyLinks(groups: number, pick: <T>(from: readonly T[]) => T): Link[] {
  if (groups === 1) return [];
  const relation = pick(relations);
  const first: Link = { first: 0, relation, second: 1 };
  if (groups === 2) return [first];
  const isAcross = relation === 'left of' || relation === 'right of';
  const second: Link = { first: 0, relation: pick(isAcross ? ['above', 'below'] : ['left of', 'right of']), second: 2 };
  return [first, second].map((link) => (pick([true, false]) ? turned(link) : link));
}
