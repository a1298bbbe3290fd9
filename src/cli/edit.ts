/** `weft edit`: changes pictures with a trained model. */
import { Option, type Command } from 'commander';
import type { BackendName } from '../backends/session';
import { nonNegativeRange, positiveRange } from '../compiler/bind/number-range';
import { editMethods, finishRange, strengthRange, usualStrength, type EditMethodName } from '../edit/method';
import { fromHome } from '../files/home';
import { addBackend, addSet, addThreads, addWhich, type Overrides, type WeightOptions } from './options';
import { numberIn, positiveInteger, readGuidance, seedNumber, type GivenGuidance } from './option-values';
import { readGiven, type GivenOptions } from './sample';

export interface EditCommandOptions extends WeightOptions {
  readonly run?: string;
  readonly weights?: string;
  readonly image: readonly string[];
  readonly resize?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly fromClass?: string;
  readonly toClass?: string;
  readonly mask?: string;
  readonly method?: EditMethodName;
  readonly strength?: number;
  readonly finish?: number;
  readonly average?: number;
  readonly repeats?: number;
  readonly steps?: number;
  readonly shift?: number;
  readonly guidance?: GivenGuidance;
  readonly fromGuidance?: number;
  readonly given?: GivenOptions;
  readonly seed: number;
  readonly count: number;
  readonly batch?: number;
  readonly out?: string;
  readonly strip?: string;
  readonly json?: boolean;
  readonly backend: BackendName | 'auto';
  readonly threads?: number;
  readonly set?: Overrides;
}

export function registerEdit(program: Command): void {
  const command = program
    .command('edit')
    .description('change pictures with a trained model: edit by text or class, vary, draw a part again, invert')
    .argument('[target]', 'FILE, FILE#Model, or FILE#name of a sample section; not needed with --run')
    .option('--run <folder>', 'a training run, finished or not: its model, its newest averaged weights, its classes')
    .option('--weights <file>', 'weights to edit with: safetensors, or a PyTorch checkpoint')
    .requiredOption(
      '--image <picture>',
      'the picture, of the size that the model draws; for a model of latents a .safetensors file (repeatable)',
      readImage,
    )
    .option('--resize', 'scale a picture of another size until it covers the right one, and crop it at the centre')
    .option('--from <text>', 'what the picture shows: a prompt, or a class for a model without text')
    .option('--to <text>', 'what it is to show')
    .option('--from-class <class>', 'the class of the picture, by number or name, for a model that reads text too')
    .option('--to-class <class>', 'the class that it is to have')
    .option('--mask <picture>', 'what is drawn again: white; what is black stays exactly as it is', fromHome)
    .addOption(
      new Option('--method <name>', 'flowedit with --from and --to, inpaint with --mask, else sdedit').choices(
        editMethods,
      ),
    )
    .option(
      '--strength <x>',
      `share of noise at which the edit begins, up to 1: more changes more (${editMethods.map((m) => `${m} ${usualStrength[m]}`).join(', ')})`,
      numberIn(strengthRange),
    )
    .option('--finish <x>', 'flowedit: from this share of noise on, follow --to alone (0)', numberIn(finishRange))
    .option('--average <n>', 'flowedit: draws of noise over which each step is averaged (1)', positiveInteger)
    .option('--repeats <n>', 'inpaint: how often each step is taken, with new noise between (1)', positiveInteger)
    .option('--steps <n>', "steps of the whole way from noise to data, the spec's by default", positiveInteger)
    .option('--shift <x>', 'shift of the time grid, 1 for none', numberIn(positiveRange))
    .option(
      '--guidance <s,from,to>',
      "guidance towards --to, and the times of the solver's clock between which it acts; the spec's by default",
      readGuidance,
    )
    .option('--from-guidance <s>', 'guidance towards --from; 1, for none, by default', numberIn(nonNegativeRange))
    .option('--given <input=value>', 'a condition of the model by its name, as for weft sample (repeatable)', readGiven)
    .option('--seed <n>', 'seed of the noise', seedNumber, 0)
    .option('--count <n>', 'edits of each picture, each with its own noise', positiveInteger, 1)
    .option('--batch <n>', 'pictures per call of the model', positiveInteger)
    .option(
      '--out <path>',
      'the edited pictures, in their own size: .png, .jpg or .webp, or .safetensors or .npy for the numbers; edited.png by default',
    )
    .option('--strip <path>', 'a picture with each picture before its edits, enlarged')
    .option('--json', 'print what was done and how much changed as JSON');
  addThreads(addSet(addBackend(addWhich(command))))
    .addHelpText(
      'after',
      `
What each method does, at its strength:
  flowedit   adds up the difference between the velocities of --to and --from; the picture is never noise. Best for one attribute.
  sdedit     adds noise, and draws with --to from there: little noise keeps the picture, much noise follows the text.
             With --from alone, or neither, it draws variations.
  inversion  follows the model back to the noise of the picture by --from, and draws with --to from there. Always prints how well
             the way back with --from gives the picture again.
  inpaint    draws what is white in --mask again, with --to.

Examples:
  weft edit --run runs/scenes --image in.png --from "a red circle on the left" --to "a blue circle on the left" --strip strip.png
  weft edit --run runs/scenes --image in.png --from … --to … --strength 0.6 --guidance 4 --count 4
  weft edit --run runs/scenes --image in.png --from "a red circle on the left" --strength 0.5     variations
  weft edit --run runs/scenes --image in.png --mask hole.png --to "two red circles on the left"
  weft edit --run runs/scenes --image in.png --from "a red circle on the left" --method inversion --steps 50
  weft edit --run runs/digits --image three.png --from 3 --to 8`,
    )
    .action(edit);
}

function readImage(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, fromHome(text)];
}

async function edit(target: string | undefined, options: EditCommandOptions): Promise<void> {
  const { editToFile } = await import('./edit-pictures');
  await editToFile(target ?? null, options);
}
