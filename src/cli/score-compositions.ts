/** Draws compositions for captions, checks them, and prints what is right by category, and of long captions by kind of fact (`weft score`). */
// Tested by test/cli/score.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { DataSource } from '../compiler/recipe/index';
import { compositionCategories } from '../compiler/recipe/data/compositions';
import { aligned } from '../compiler/report/render';
import { scoreCompositions as scored, type CompositionScore } from '../data/composition-score';
import { isIn } from '../data/compositions/content';
import { factKinds } from '../data/compositions/facts';
import { composition, renderComposition, type Composition } from '../data/sources/compositions';
import { drawCaptions, joined, type Asked, type CaptionedRun } from './draw-captions';
import { percent } from './percent';

type CompositionData = Extract<DataSource, { kind: 'compositions' }>;

/** Captions of each category and kind. */
const usualCount = 32;

/** A column of the tables. */
interface Column extends CompositionScore {
  /** The kind of pictures: `held-out captions`. */
  readonly of: string;
  readonly images: number;
}

export async function scoreCompositions(run: CaptionedRun, data: CompositionData): Promise<void> {
  const { options } = run;
  if (options.by)
    throw new WeftError(
      `A run on compositions is scored by category, not by ${options.by}.`,
      'Leave --by out: the table has a line for each category.',
      2,
    );
  const groups = captionsToDraw(data, options.count ?? usualCount * data.categories.length, options.seed);
  const { parts, size, facts, how } = await drawCaptions(run, groups);
  const real = groups.flatMap(({ said }) => said);
  const pixels = joined(real.map((made) => renderComposition(made, size)));
  const columns = [...parts, { of: 'real pictures', said: real, pixels }].map((part): Column => {
    return { of: part.of, images: part.said.length, ...scored(part.pixels, size, part.said) };
  });
  if (options.json) {
    console.log(JSON.stringify({ ...facts, columns }, null, 2));
    return;
  }
  const note = `Per cent with 95 % confidence intervals; ${how}.`;
  console.log([...categoryTable(columns), ...factTable(columns), '', note].join('\n'));
}

/** Only the split `train` leaves combinations out: a run on another split has seen all of them. */
function captionsToDraw({ split, categories }: CompositionData, count: number, seed: number): Asked<Composition>[] {
  const asked = (of: string, shown: typeof split): Asked<Composition> => {
    const own = { categories, count, seed, split: shown };
    const said = Array.from({ length: count }, (_, i) => composition(i, own));
    return { of, said, source: { kind: 'compositions', ...own } };
  };
  const seen = asked('seen captions', split);
  const holdsOut = split === 'train' && categories.some((category) => isIn('held_out', category));
  return holdsOut ? [asked('held-out captions', 'held_out'), seen] : [seen];
}

/** A line for each category: pictures in which all is as the caption says. */
function categoryTable(columns: readonly Column[]): string[] {
  const shown = compositionCategories.filter((category) => columns.some((column) => column.categories[category]));
  const short = shown.filter((category) => category !== 'long');
  const line = (category: (typeof shown)[number]): string[] => [
    category.replaceAll('_', ' '),
    ...columns.map(({ categories }) => (categories[category] ? percent(categories[category]) : '–')),
  ];
  return aligned(
    [
      ['all that the caption says', ...columns.map(({ of }) => of)],
      ...short.map(line),
      ...(short.length > 1 ? [['mean of these', ...columns.map(({ mean }) => ofOne(mean))]] : []),
      ...(shown.includes('long') ? [line('long')] : []),
    ],
    1,
  );
}

/** A line for each kind of fact of long captions; nothing without these. */
function factTable(columns: readonly Column[]): string[] {
  if (columns.every(({ factsOfCaption }) => factsOfCaption === null)) return [];
  const kinds = Object.entries(factKinds) as [keyof typeof factKinds, string][];
  return [
    '',
    ...aligned(
      [
        ['facts of long captions', ...columns.map(({ of }) => of)],
        ...kinds.map(([kind, name]) => [
          name,
          ...columns.map(({ facts }) => (facts[kind] ? percent(facts[kind]) : '–')),
        ]),
        ['facts of a caption', ...columns.map(({ factsOfCaption }) => ofOne(factsOfCaption))],
      ],
      1,
    ),
  ];
}

function ofOne(share: number | null): string {
  return share === null ? '–' : (100 * share).toFixed(1);
}
