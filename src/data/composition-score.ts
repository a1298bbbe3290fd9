/** Scores many pictures of compositions: by category, the share that shows all that the caption says; of long captions also each kind of fact. */
import { compositionCategories } from '../compiler/recipe/data/compositions';
import type { Category } from './compositions/content';
import { checkFacts, factKinds, type Fact } from './compositions/facts';
import type { ImageSize } from './image-set';
import { share, type Share } from './scene-score';

export type FactKind = Fact['kind'];

export interface CompositionScore {
  /** The share of pictures in which all facts hold, and the number of pictures, for each category that there is. */
  readonly categories: { readonly [C in Category]?: Share & { readonly images: number } };
  /** The mean of the categories but long captions, each counted once; null where there is none. */
  readonly mean: number | null;
  /** Of long captions: of all facts of a kind, the share that holds. */
  readonly facts: { readonly [K in FactKind]?: Share & { readonly facts: number } };
  /** Of long captions: the share of a caption's facts that hold, mean over captions; null where there is none. */
  readonly factsOfCaption: number | null;
}

interface Verdict {
  readonly category: Category;
  readonly facts: readonly { readonly kind: FactKind; readonly holds: boolean }[];
}

/** Checks pictures, bytes [said.length, height, width, 3], against what their captions say. */
export function scoreCompositions(
  pixels: Uint8Array,
  size: ImageSize,
  said: readonly { readonly category: Category; readonly facts: readonly Fact[] }[],
): CompositionScore {
  const length = size.height * size.width * 3;
  const verdicts = said.map(({ category, facts }, i): Verdict => {
    const holds = checkFacts(pixels.subarray(i * length, (i + 1) * length), size, facts);
    return { category, facts: facts.map(({ kind }, j) => ({ kind, holds: holds[j] })) };
  });
  const categories = Object.fromEntries(
    compositionCategories.flatMap((category) => {
      const own = verdicts.filter((verdict) => verdict.category === category);
      const right = own.filter(({ facts }) => facts.every(({ holds }) => holds)).length;
      return own.length > 0 ? [[category, { ...share(right, own.length), images: own.length }]] : [];
    }),
  );
  const long = verdicts.filter(({ category }) => category === 'long');
  const short = Object.entries(categories).flatMap(([name, found]) => (name === 'long' ? [] : [found.share]));
  return {
    categories,
    mean: meanOf(short),
    facts: factShares(long),
    factsOfCaption: meanOf(long.map(({ facts }) => facts.filter(({ holds }) => holds).length / facts.length)),
  };
}

function factShares(verdicts: readonly Verdict[]): CompositionScore['facts'] {
  return Object.fromEntries(
    Object.keys(factKinds).flatMap((kind) => {
      const own = verdicts.flatMap(({ facts }) => facts.filter((fact) => fact.kind === kind));
      const right = own.filter(({ holds }) => holds).length;
      return own.length > 0 ? [[kind, { ...share(right, own.length), facts: own.length }]] : [];
    }),
  );
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}
