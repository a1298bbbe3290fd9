/** The table of a study counts memory as the recipe of the study trains. */
import { expect, it } from '@jest/globals';
import { weft } from '../support/weft';

const file = 'test/cli/tiny-study.weft';

async function memoryOf(...args: string[]): Promise<{ readonly batch: number; readonly total: number }[]> {
  const { stdout } = await weft(['inspect', ...args, '--json']);
  const [report] = JSON.parse(stdout) as { rows: { memory: { batch: number; total: number } | null }[] }[];
  return report.rows.flatMap((r) => r.memory ?? []);
}

it('counts at the batch of the recipe, at one that is set, and at one of an option', async () => {
  const batches = async (...args: string[]): Promise<number[]> => (await memoryOf(...args)).map(({ batch }) => batch);
  expect(await batches(`${file}#widths`)).toEqual([4, 4]);
  expect(await batches(`${file}#both`, '--set', 'batch=7')).toEqual([7, 7]);
  expect(await batches(file, '--batch', '9')).toEqual([9, 9]);
  const [four, eight] = [await memoryOf(file), await memoryOf(file, '--batch', '8')];
  expect(four[0].total).toBeLessThan(eight[0].total);
});

it('says by which recipe, and refuses what means nothing or is said twice', async () => {
  const { stdout } = await weft(['inspect', file]);
  expect(stdout).toContain('Memory of a training step: batch 4, f32, adamw, as both trains.');
  const twice = await weft(['inspect', file, '--batch', '2', '--set', 'batch=3']);
  expect([twice.status, twice.stderr]).toEqual([2, expect.stringContaining('say the same thing')]);
  const alone = await weft(['inspect', 'specs/ablations.weft#components', '--set', 'batch=3']);
  expect(alone.stderr).toContain('no recipe trains components');
});
