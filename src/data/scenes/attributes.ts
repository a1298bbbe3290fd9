/** The attributes of synthetic scenes: shapes, colours, counts and positions, their words, and which combinations are held out. */
import { philox4x32 } from '../../compiler/ops/philox';

export const shapes = ['circle', 'square', 'triangle', 'cross', 'ring'] as const;
export type SceneShape = (typeof shapes)[number];

const levels = {
  red: [220, 30, 30],
  green: [20, 150, 40],
  blue: [30, 60, 220],
  yellow: [240, 200, 0],
  purple: [140, 30, 170],
  orange: [245, 115, 0],
  cyan: [0, 180, 200],
  black: [20, 20, 20],
} as const;
export type SceneColour = keyof typeof levels;
/** Red, green and blue in 0..255. Every colour lacks at least one of them, which tells it from the white background. */
export const palette: { readonly [C in SceneColour]: readonly [number, number, number] } = levels;
export const colours = Object.keys(palette) as SceneColour[];

export const counts = [1, 2, 3, 4] as const;

export const positions = ['left', 'right', 'top', 'bottom', 'centre'] as const;
export type ScenePosition = (typeof positions)[number];

/** The content of a caption: a number of things of one shape and colour, together at one place. */
export interface SceneAttributes {
  readonly shape: SceneShape;
  readonly colour: SceneColour;
  /** How many equal things there are. */
  readonly count: number;
  readonly position: ScenePosition;
}

export type SceneSplit = 'train' | 'held_out' | 'all';

/** One of this many combinations is held out. */
const heldOutShare = 8;

/** All combinations in a fixed order. */
export const combinations: readonly SceneAttributes[] = shapes.flatMap((shape) =>
  colours.flatMap((colour) =>
    counts.flatMap((count) => positions.map((position) => ({ shape, colour, count, position }))),
  ),
);

/**
 * The combinations of a split. Those held out are never shown in training, though each of their words is. The choice
 * is fixed, so that scores of different runs are about the same scenes.
 */
export function combinationsOf(split: SceneSplit): readonly SceneAttributes[] {
  if (split === 'all') return combinations;
  return combinations.filter(
    (_, i) => (philox4x32([i, 0, 0, 0], [8, 1])[0] % heldOutShare === 0) === (split === 'held_out'),
  );
}

const numberWords = ['no', 'one', 'two', 'three', 'four'] as const;

const places: { readonly [P in ScenePosition]: string } = {
  left: 'on the left',
  right: 'on the right',
  top: 'at the top',
  bottom: 'at the bottom',
  centre: 'in the centre',
};

/** The number of ways to word a caption; each scene uses one of them. */
export const captionForms = 3;

/** `two red circles on the left`, `on the left, two red circles`, `a picture of two red circles on the left`. */
export function captionOf({ shape, colour, count, position }: SceneAttributes, form = 0): string {
  const noun = count === 1 ? shape : shape === 'cross' ? 'crosses' : `${shape}s`;
  const article = form === 0 && count === 1 ? (/^[aeiou]/.test(colour) ? 'an' : 'a') : numberWords[count];
  const things = `${article} ${colour} ${noun}`;
  const place = places[position];
  return form === 0 ? `${things} ${place}` : form === 1 ? `${place}, ${things}` : `a picture of ${things} ${place}`;
}

/** The claims of a caption; null for each claim that it does not make. */
export type CaptionClaims = { readonly [K in keyof SceneAttributes]: SceneAttributes[K] | null };

/** Reads a caption of this kind, with its words in any order. */
export function readCaption(caption: string): CaptionClaims {
  // "a picture of …" says nothing about how many things there are.
  const words =
    caption
      .toLowerCase()
      .replace(/\b(a|an) picture of\b/, '')
      .match(/[a-z]+|\d+/g) ?? [];
  const first = <T>(read: (word: string) => T | null | undefined): T | null => {
    for (const word of words) {
      const found = read(word);
      if (found !== null && found !== undefined) return found;
    }
    return null;
  };
  return {
    shape: first((word) => shapes.find((shape) => [shape, `${shape}s`, `${shape}es`].includes(word))),
    colour: first((word) => colours.find((colour) => colour === word)),
    count: first(countIn),
    position: first((word) => positions.find((p) => p === (word === 'center' || word === 'middle' ? 'centre' : word))),
  };
}

function countIn(word: string): number | null {
  if (word === 'a' || word === 'an') return 1;
  if (/^\d+$/.test(word)) return Number(word);
  const at = numberWords.findIndex((name) => name === word);
  return at < 0 ? null : at;
}
