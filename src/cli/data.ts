/** `weft data`: shows the data that a model will see when a recipe trains it. */
import { counted } from '../compiler/diagnostics/counted';
import type { Command } from 'commander';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { shortForms } from '../compiler/recipe/data/index';
import { parseTarget } from '../spec/target';
import { addSet, type Overrides } from './options';
import { numberIn, seedNumber } from './option-values';
import { laterProgress } from './progress';

interface DataOptions {
  readonly out?: string;
  readonly count: number;
  readonly seed?: number;
  readonly data?: string;
  readonly set?: Overrides;
  readonly json?: boolean;
}

export function registerData(program: Command): void {
  const command = program
    .command('data')
    .description('show what a model will see: images, classes, captions, what is skipped, and a contact sheet')
    .argument('<target>', 'FILE, FILE#recipe, or FILE#Model with one recipe')
    .option('--out <path>', 'the contact sheet: a .png, .jpg or .webp file; RECIPE-data.png by default')
    .option('--count <n>', 'images on the sheet, up to 400', numberIn({ whole: true, min: 1, max: 400 }), 16)
    .option('--seed <n>', "order, mirroring and draws of the sheet; the recipe's by default", seedNumber)
    .option(
      '--data <source>',
      `in place of the recipe's: a folder of images by class, a .tar or .parquet file, or ${shortForms.join(', ')}`,
    );
  addSet(command)
    .option('--json', 'print everything as JSON, with every class and every skipped file')
    .addHelpText(
      'after',
      `
Nothing is trained. The images are read and cached as training does it, and what training would refuse is refused.
The sheet holds the first images of a run, as its step gets them: scaled, cropped, mirrored. Beside each stand the pictures that
\`given\` makes or that a second folder pairs with it; below it the caption, or the class. Small images are enlarged, those of more
than 256 pixels a side are reduced. Capitals are drawn as small letters, rare signs as ?: the list has them as they are.
What \`given\` draws at random is an example, since backends draw differently. Latents are no pictures and have no sheet.

Examples:
  weft data specs/examples/quickstart.weft
  weft data model.weft#long --count 64 --seed 3 --out sheet.png
  weft data model.weft --data ~/pictures --set classes=12
  weft data model.weft --json | jq '.skipped[] | .name + ": " + .why'`,
    )
    .action(data);
}

async function data(targetText: string, options: DataOptions): Promise<void> {
  const [{ planData }, { summarizeData }, { writeShownBatch }, { renderDataSummary }, { checkPicturePath }] =
    await Promise.all([
      import('../train/plan-data'),
      import('../train/summarize-data'),
      import('../train/shown-batch'),
      import('../train/render-data-summary'),
      import('../data/png'),
    ]);
  if (options.out !== undefined) checkPicturePath(options.out);
  const { file, name } = parseTarget(targetText);
  const { model, recipe } = planData(file, name, options);
  const isPictures = recipe.data.kind !== 'latents';
  if (!isPictures && options.out !== undefined)
    throw new WeftError('Latents are no pictures, so there is no contact sheet.', 'Leave --out out.', 2);
  const images = laterProgress('reading images');
  const sizes = laterProgress('reading sizes');
  const found = await summarizeData(model, recipe, {
    onListing: (files) => console.error(`${counted(files, 'file')} listed so far`),
    onProgress: images.update,
    onMeasuring: sizes.update,
  });
  try {
    await images.stop();
    await sizes.stop();
    const { summary } = found;
    const path = options.out ?? `${recipe.name}-data.png`;
    const sheet = isPictures ? await writeShownBatch(model, recipe, found, { path, count: options.count }) : null;
    console.log(options.json ? JSON.stringify({ ...summary, sheet }, null, 2) : renderDataSummary(summary, sheet));
  } finally {
    await found.close();
  }
}
