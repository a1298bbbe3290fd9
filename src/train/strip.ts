/** The grids of a run in one picture: the same samples after more and more steps. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { lettering } from '../data/lettering';
import { writePicture } from '../data/png';
import { fileError } from '../files/file-error';
import type { RunPaths } from './run-folder';

/** How a run's grids are arranged. */
export interface GridForm {
  /** Images in a row. */
  readonly across: number;
  /** Whether each class or caption has a row of its own. */
  readonly hasRows: boolean;
}

/** A grid of samples, and the steps done before it. */
export interface TimedGrid {
  readonly step: number;
  readonly path: string;
}

/** The most grids of a strip; of more, evenly spread ones are shown. */
const most = 12;
/** Height of digits, pixels above a column, and pixels left of a row. */
const [digit, above, beside] = [10, 20, 64];

/** The grids that were drawn during a run, and the last one, if the run is at its end. */
export async function gridsOf(
  paths: Pick<RunPaths, 'grids' | 'samples'>,
  steps: number,
): Promise<readonly TimedGrid[]> {
  const names = existsSync(paths.grids) ? await readdir(paths.grids) : [];
  const found = names.flatMap((name) => {
    const step = /^step-(\d+)\.png$/.exec(name);
    return step ? [{ step: Number(step[1]), path: join(paths.grids, name) }] : [];
  });
  const last = existsSync(paths.samples) ? [{ step: steps, path: paths.samples }] : [];
  return [...found.filter(({ step }) => step < steps), ...last].sort((a, b) => a.step - b.step);
}

/** Puts the last grid of a run that goes on among those on the way: it was drawn after `steps` steps. */
export async function setAside(paths: Pick<RunPaths, 'grids' | 'samples' | 'samplesAt'>, steps: number): Promise<void> {
  if (!existsSync(paths.samples)) return;
  await mkdir(paths.grids, { recursive: true });
  await rename(paths.samples, paths.samplesAt(steps));
}

/** Writes the picture: a column for each grid, of the first image of every row; for grids of one row, this row for each. */
export async function writeStrip(out: string, grids: readonly TimedGrid[], form: GridForm): Promise<void> {
  if (grids.length === 0)
    throw new WeftError('There are no grids of samples to put together.', 'Write sample_every = 500 in the recipe.');
  const chosen = evenly(grids);
  const tiles = await Promise.all(chosen.map(({ path }) => tileOf(path, form)));
  const [width, height] = [Math.max(...tiles.map((t) => t.width)), Math.max(...tiles.map((t) => t.height))];
  const size = form.hasRows
    ? { width: tiles.length * width, height: above + height }
    : { width: beside + width, height: tiles.length * height };
  const places = tiles.map((_, i) =>
    form.hasRows ? { left: i * width, top: above } : { left: beside, top: i * height },
  );
  const letters = chosen.map(({ step }, i) => {
    const { left, top } = places[i];
    return form.hasRows
      ? lettering(String(step), { x: left + width / 2, y: above - 5, size: digit, anchor: 'middle' })
      : lettering(String(step), { x: beside - 8, y: top + height / 2 + digit / 2, size: digit, anchor: 'end' });
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${letters.join('')}</svg>`;
  const sheet = sharp({ create: { ...size, channels: 3, background: 'white' } }).composite([
    ...tiles.map(({ png }, i) => ({ input: png, ...places[i] })),
    { input: Buffer.from(svg) },
  ]);
  await writePicture(out, sheet.removeAlpha());
}

/** The part of a grid that is shown: its first column, or all of a single row. */
async function tileOf(path: string, { across, hasRows }: GridForm) {
  try {
    const { width, height } = await sharp(path).metadata();
    const shown = hasRows ? Math.max(1, Math.round(width / across)) : width;
    const png = await sharp(path).extract({ left: 0, top: 0, width: shown, height }).png().toBuffer();
    return { png, width: shown, height };
  } catch (error) {
    throw await fileError(error, 'read', path);
  }
}

/** At most `most` of the grids, with the first and the last. */
function evenly(grids: readonly TimedGrid[]): readonly TimedGrid[] {
  if (grids.length <= most) return grids;
  return Array.from({ length: most }, (_, i) => grids[Math.round((i * (grids.length - 1)) / (most - 1))]);
}
