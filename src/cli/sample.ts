/** `weft sample`: draws images with trained weights. */
// Tested by test/cli/commands.test.ts.
import { InvalidArgumentError, type Command } from 'commander';
import type { BackendName } from '../backends/session';
import { fromHome } from '../files/home';
import {
  addBackend,
  addSampling,
  addSet,
  addThreads,
  addWhich,
  type Overrides,
  type SamplingOptions,
  type WeightOptions,
} from './options';
import { numberIn, positiveInteger, seedNumber } from './option-values';
import { ownValue } from '../compiler/own-value';

/** Values of conditions by the input's name. */
export type GivenOptions = { readonly [input: string]: readonly string[] };

export interface SampleCommandOptions extends SamplingOptions, WeightOptions {
  readonly run?: string;
  readonly weights?: string;
  readonly seed: number;
  readonly labels?: string;
  readonly count?: number;
  readonly noise?: string;
  readonly text?: string;
  readonly prompt?: readonly string[];
  readonly negative?: string;
  readonly given?: GivenOptions;
  readonly geneval?: string;
  readonly dpg?: string;
  readonly out?: string;
  readonly trajectory?: string;
  readonly attention?: string;
  readonly attentionAt?: readonly string[];
  readonly attentionTime?: number;
  readonly between?: number;
  readonly batch?: number;
  readonly backend: BackendName | 'auto';
  readonly threads?: number;
  readonly set?: Overrides;
}

export function registerSample(program: Command): void {
  const command = program
    .command('sample')
    .description('draw images with trained weights')
    .argument('[target]', 'FILE, FILE#Model, or FILE#name of a sample section; not needed with --run')
    .option('--run <folder>', 'a training run, finished or not: its model, its newest averaged weights, its classes')
    .option('--weights <file>', 'weights to sample with: safetensors, or a PyTorch checkpoint');
  addSampling(command)
    .option('--seed <n>', 'seed of the noise; image i depends on it and i alone', seedNumber, 0)
    .option(
      '--labels <list>',
      'a row for each: class numbers or names, 0-4,7 or "flags"; #2 or =2 where it could be either, \'"a, b"\' for a name with a comma; all (up to 10) by default',
    )
    .option('--prompt <text>', 'for a text model: what to draw, a row for each (repeatable)', readPrompt)
    .option('--negative <text>', 'what guidance leads away from; the empty prompt by default')
    .option(
      '--given <input=value>',
      'a condition of the model by its name: a number, a picture of the right size or a folder of them, or rows of a safetensors file; or image=picture.png, of which the recipe makes conditions as in training (repeatable)',
      readGiven,
    )
    .option('--count <n>', 'images in a row', positiveInteger)
    .option('--noise <file>', 'noise to start from (safetensors, one tensor [n, channels, height, width])')
    .option(
      '--text <file>',
      'in place of prompts: text [n, tokens, width] (or tokens [n, tokens]), text_mask, and those of the empty prompt, …_none',
    )
    .option(
      '--geneval <file>',
      'all prompts of evaluation_metadata.jsonl, 4 pictures each (--count), into the folders that GenEval reads (--out, pictures by default)',
    )
    .option('--dpg <folder>', "all prompts of DPG-Bench's folder of .txt files, a picture of 4 (or --count 1) for each")
    .option(
      '--between <seed>',
      'each row leads from the noise of --seed to that of this seed, in --count images',
      seedNumber,
    )
    .option('--trajectory <file>', 'way.webp or .gif: an animation of all steps from the noise to the images')
    .option(
      '--attention <file>',
      'maps.png: what each attention of the model looks at in the first images; .safetensors for the numbers',
    )
    .option(
      '--attention-at <label>',
      'of these attentions alone, such as patch_blocks.3, * for any text (repeatable)',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option(
      '--attention-time <t>',
      'how much of the image is there when it is looked at: 0 noise alone, 1 the image; 0.5 by default',
      numberIn({ min: 0, max: 1 }),
    )
    .option('--batch <n>', 'images per call of the model', positiveInteger)
    .option(
      '--out <path>',
      'image.png, .jpg or .webp, or out.safetensors or .npy for the numbers; samples.png by default, samples.safetensors for latents',
    );
  addThreads(addSet(addBackend(addWhich(command))))
    .addHelpText(
      'after',
      `
Solver, steps and guidance come from the spec's sample section for the model, then from the options.

Examples:
  weft sample --run runs/first
  weft sample --run runs/first --labels 0-3 --count 4 --guidance 3,0.1,1 --seed 7 --out four.png
  weft sample --run runs/emoji --prompt "red heart" --prompt "green apple" --guidance 3
  weft sample --run runs/upscale --given low=small.png --count 4
  weft sample --run runs/inpaint --given image=photo.png --given hole=mask.png
  weft sample --run runs/first --seed 1 --between 2 --count 12 --out strip.png
  weft sample --run runs/first --labels 0-3 --count 4 --trajectory way.webp
  weft sample --run runs/first --labels 0 --count 1 --attention maps.png --attention-at "patch_blocks.*"
  weft sample --run runs/big --geneval evaluation_metadata.jsonl --out pictures      goes on where it was stopped
  weft sample model.weft --weights ema.safetensors --solver heun --steps 20 --out samples.safetensors`,
    )
    .action(sample);
}

/** Several values for one input are used in turn. */
export function readGiven(text: string, previous: GivenOptions = {}): GivenOptions {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('Write NAME=VALUE, such as low=photo.png.');
  const name = text.slice(0, at);
  return { ...previous, [name]: [...(ownValue(previous, name) ?? []), fromHome(text.slice(at + 1))] };
}

function readPrompt(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

async function sample(target: string | undefined, options: SampleCommandOptions): Promise<void> {
  if (options.geneval !== undefined || options.dpg !== undefined) {
    const { drawBenchmark } = await import('./sample-prompts');
    return drawBenchmark(target ?? null, options);
  }
  const { drawToFile } = await import('./sample-images');
  await drawToFile(target ?? null, options);
}
