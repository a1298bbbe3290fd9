/** `weft evaluate --nearest`: a sheet of the drawn pictures that are most like one compared with, each beside its nearest. */
// Tested by test/cli/evaluate.test.ts.
import { printable } from '../compiler/diagnostics/printable';
import { invariant } from '../compiler/invariant';
import { aligned } from '../compiler/report/render';
import { writeContactSheet } from '../data/contact-sheet';
import { coloured } from '../score/coloured';
import { closestPictures } from '../score/closest-pictures';
import type { EvaluateOptions, Known, Reference } from '../score/evaluate';
import type { PictureSource } from '../score/picture-source';

/** Drawn pictures on a sheet, and the nearest beside each. */
const [pictures, neighbours] = [8, 5];

export interface NearestRequest {
  readonly path: string;
  readonly drawn: { readonly known: Known; readonly source?: PictureSource };
  readonly real: { readonly reference: Reference; readonly source?: PictureSource };
  readonly how: EvaluateOptions;
}

/** Writes the sheet, and returns the lines that say what is on it. */
export async function writeNearest({ path, drawn, real, how }: NearestRequest): Promise<string[]> {
  invariant(drawn.source && real.source, 'a file of statistics has no pictures');
  const [theirs, ours] = [real.source, drawn.source];
  const found = await closestPictures(drawn.known, real.reference, how, { pictures, neighbours });
  const shown = await ours.read(found.map((one) => one.drawn));
  const cells = [];
  for (const [i, one] of found.entries()) {
    const beside = await theirs.read(one.real);
    cells.push({ pictures: [shown[i], ...beside].map(coloured), text: `${one.drawn}: ${one.ratio.toFixed(2)}` });
  }
  const columns = await writeContactSheet(path, cells);
  const rows = found.map(({ drawn: number, real: [first], ratio }, i) => [
    `row ${Math.floor(i / columns) + 1} column ${(i % columns) + 1}`,
    nameOf(ours, number),
    `nearest ${nameOf(theirs, first)}`,
    ratio.toFixed(2),
  ]);
  return [
    `${path}: the ${found.length} pictures nearest to one compared with, each before its ${neighbours} nearest. The number is how far the nearest is, ` +
      'in distances from there to its own nearest neighbour: 0 is a copy, 1 is as far apart as those compared with are',
    ...aligned(rows, 3),
  ];
}

function nameOf({ names }: PictureSource, number: number): string {
  return names ? printable(names[number]) : `picture ${number}`;
}
