import { expect, it } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { writeImageGrid } from '../../src/data/png';
import { withTemporaryFolder } from '../../src/files/atomic';
import { gridForm } from '../../src/train/draw-samples';
import { runPaths } from '../../src/train/run-folder';
import { gridsOf, setAside, writeStrip } from '../../src/train/strip';

/** Grids of two rows by four, each as bright as its step; the first column is red. */
async function drawn(folder: string, steps: readonly number[]) {
  const paths = runPaths(folder);
  mkdirSync(paths.grids);
  for (const step of steps) {
    const images = new Uint8Array(8 * 3 * 64).map((_, i) => {
      const [image, channel] = [Math.floor(i / 192), Math.floor(i / 64) % 3];
      return image % 4 === 0 && channel > 0 ? 0 : step;
    });
    await writeImageGrid(paths.samplesAt(step), { shape: [8, 3, 8, 8], data: images }, { columns: 4, scale: 4 });
  }
  return paths;
}

it('shows the first image of every row, a column for each grid', () =>
  withTemporaryFolder(async (folder) => {
    const paths = await drawn(folder, [60, 120, 180]);
    const grids = await gridsOf(paths, 200);
    expect(grids.map((g) => g.step)).toEqual([60, 120, 180]);
    await writeStrip(paths.strip, grids, { across: 4, hasRows: true });
    const { data, info } = await sharp(paths.strip).raw().toBuffer({ resolveWithObject: true });
    const width = info.width / 3;
    const at = (x: number, y: number): number[] => [...data.subarray((y * info.width + x) * 3).subarray(0, 3)];
    for (const [i, step] of [60, 120, 180].entries())
      for (const y of [40, 76]) expect(at(Math.round((i + 0.5) * width), y)).toEqual([step, 0, 0]);
  }));

it('shows whole rows one below the other where a grid has one, and at most twelve', () =>
  withTemporaryFolder(async (folder) => {
    const steps = Array.from({ length: 25 }, (_, i) => 10 * (i + 1));
    const paths = await drawn(folder, steps);
    await writeStrip(paths.strip, await gridsOf(paths, 1000), { across: 4, hasRows: false });
    const grid = await sharp(paths.samplesAt(10)).metadata();
    const strip = await sharp(paths.strip).metadata();
    expect([strip.width, strip.height]).toEqual([grid.width + 64, 12 * grid.height]);
  }));

it('takes the last grid for the last step, and refuses a run without grids', () =>
  withTemporaryFolder(async (folder) => {
    const paths = await drawn(folder, [60, 200]);
    await writeImageGrid(paths.samples, { shape: [1, 3, 8, 8], data: new Uint8Array(192) });
    expect((await gridsOf(paths, 200)).map((g) => g.path)).toEqual([paths.samplesAt(60), paths.samples]);
    await expect(writeStrip(join(folder, 'x.png'), [], { across: 4, hasRows: true })).rejects.toThrow(/no grids/);
    expect(gridForm({ inputs: [] }, { texts: false })).toEqual({ across: 8, hasRows: false });
    expect(gridForm({ inputs: [] }, { texts: true })).toEqual({ across: 4, hasRows: true });
  }));

it('keeps the last grid of a run that goes on under its own number of steps', () =>
  withTemporaryFolder(async (folder) => {
    const paths = runPaths(folder);
    await setAside(paths, 200);
    await writeImageGrid(paths.samples, { shape: [1, 3, 8, 8], data: new Uint8Array(192) });
    await setAside(paths, 200);
    expect(await gridsOf(paths, 4000)).toEqual([{ step: 200, path: paths.samplesAt(200) }]);
  }));
