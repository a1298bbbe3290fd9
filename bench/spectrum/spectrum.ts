/** How near the power spectrum of what runs draw, without guidance, is to that of what they were trained on. */
import { parseArgs } from 'node:util';
import { subjectOfRun } from '../../src/cli/sample-images';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { aligned } from '../../src/compiler/report/render';
import { readImages } from '../../src/data/batches';
import { openImageSet } from '../../src/data/image-set';
import { withTemporaryFolder } from '../../src/files/atomic';
import { loadWeights } from '../../src/run/load-weights';
import { drawAlike, scoredImage } from '../../src/score/draw-alike';
import { spread } from '../../src/score/reference';
import { readRunRecord } from '../../src/train/find-record';
import { radialPower, spectrumError } from './power';
import { writeTextures } from './textures';

const side = 32;

/** A line for each run and seed; with `--write-textures` it only makes pictures to train on. */
export async function benchSpectrum(args: readonly string[]): Promise<void> {
  const { values, positionals: runs } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'write-textures': { type: 'string' },
      count: { type: 'string', default: '4000' },
      images: { type: 'string', default: '500' },
      seeds: { type: 'string', default: '0,1,2' },
    },
  });
  const folder = values['write-textures'];
  if (folder !== undefined) return writeTextures(folder, Number(values.count), side);
  if (runs.length === 0)
    throw new WeftError('No run was named.', 'Name folders of runs, or --write-textures FOLDER.', 2);
  const header = ['run', 'seed', 'low', 'middle', 'high', 'all, dB'];
  const rows: string[][] = [];
  for (const run of runs)
    for (const seed of values.seeds.split(',').map(Number)) {
      const errors = await errorsOf(run, Number(values.images), seed);
      rows.push([run, String(seed), ...errors.map((x) => x.toFixed(2))]);
    }
  console.log(aligned([header, ...rows], 1).join('\n'));
}

/** Of the lower, middle and upper third of frequencies, and of all, in decibels. */
async function errorsOf(run: string, images: number, seed: number): Promise<number[]> {
  return withTemporaryFolder(async (scratch) => {
    const { data, given } = (await readRunRecord(run)).recipe;
    const { model, weights, settings } = await subjectOfRun(run, {}, scratch);
    const set = await openImageSet(data, scoredImage(model));
    try {
      const request = {
        data,
        given,
        weights: await loadWeights(weights, model),
        settings: { ...settings, guidance: null },
        seed,
      };
      const drawn = radialPower(await drawAlike(model, request, set, spread(set.count, images)));
      const real = radialPower(await readImages(set, spread(set.count, Math.min(set.count, 4 * images))));
      const third = Math.floor(real.length / 3);
      const bands = [{ to: third }, { from: third + 1, to: 2 * third }, { from: 2 * third + 1 }, {}];
      return bands.map((band) => spectrumError(drawn, real, band));
    } finally {
      await set.close();
    }
  });
}
