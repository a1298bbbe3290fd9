/** The levels that pictures have: those of the language, and those that encoders were trained on. */
// Tested by test/compiler/lower/words/levels.test.ts.

/** What black and white are: a level x in [0, 1] of red, green or blue becomes (x - mean) / deviation. */
export interface Levels {
  readonly mean: readonly [red: number, green: number, blue: number];
  readonly deviation: readonly [red: number, green: number, blue: number];
}

/** All levels by name. */
export const levelTable = {
  /** [-1, 1], as images have in the language. */
  signed: { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
  /** [0, 1] */
  unit: { mean: [0, 0, 0], deviation: [1, 1, 1] },
  /** Less the mean of ImageNet's pictures, in units of their deviation, as torchvision, DINOv2 and most others have it. */
  imagenet: { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
  /** The same of the pictures that OpenAI's CLIP was trained on. */
  clip: { mean: [0.48145466, 0.4578275, 0.40821073], deviation: [0.26862954, 0.26130258, 0.27577711] },
} as const satisfies { readonly [name: string]: Levels };

export type LevelName = keyof typeof levelTable;

export function isLevelName(name: string): name is LevelName {
  return Object.hasOwn(levelTable, name);
}

/** What a level is multiplied by, and what is added to it then, to have the other levels: a number for each colour. */
export function levelChange(
  from: LevelName,
  to: LevelName,
): { readonly scale: readonly number[]; readonly shift: readonly number[] } {
  const [a, b] = [levelTable[from], levelTable[to]];
  return {
    scale: a.deviation.map((d, c) => d / b.deviation[c]),
    shift: a.mean.map((m, c) => (m - b.mean[c]) / b.deviation[c]),
  };
}
