/** `weft strip`: the grids of samples that a run has drawn, side by side over its steps. */
// Tested by test/train/strip.test.ts.
import type { Command } from 'commander';
import { tellWarning } from './tell-warning';

export function registerStrip(program: Command): void {
  program
    .command('strip')
    .description("put a run's grids of samples side by side: the same samples after more and more steps")
    .argument('<run>', "a training run's folder; sample_every in its recipe draws the grids")
    .option('--out <path>', 'a .png, .jpg or .webp file; strip.png in the folder by default')
    .addHelpText(
      'after',
      `
A column for each grid, of the first image of every class or caption, with the step above it; at most twelve, evenly spread.
Without classes and captions a row for each grid. A run writes strip.png itself at its end.

Examples:
  weft strip runs/first
  weft strip runs/first --out faces.png`,
    )
    .action(strip);
}

async function strip(folder: string, options: { readonly out?: string }): Promise<void> {
  const [{ readRunRecord }, { runPaths }, { modelOfRun }, { gridForm }, { gridsOf, writeStrip }, { checkPicturePath }] =
    await Promise.all([
      import('../train/find-record'),
      import('../train/run-folder'),
      import('../train/plan'),
      import('../train/draw-samples'),
      import('../train/strip'),
      import('../data/png'),
    ]);
  if (options.out !== undefined) checkPicturePath(options.out);
  const record = await readRunRecord(folder, tellWarning);
  const paths = runPaths(folder);
  const out = options.out ?? paths.strip;
  const form = gridForm(modelOfRun(folder, record), { texts: record.texts !== undefined });
  await writeStrip(out, await gridsOf(paths, record.recipe.steps), form);
  console.log(out);
}
