/** Options that several commands share, and how their values are read. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { backendNames } from '../backends/open';
import { positiveRange } from '../compiler/bind/number-range';
import { solverNames } from '../compiler/programs/samplers/index';
import { checkLastStep } from '../sample/check-settings';
import type { LoadOptions } from '../run/load-weights';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { builtInGuidance, isDeclaredGuidance, methodText } from '../compiler/recipe/sample';
import type { SampleSettings } from '../compiler/recipe/index';
import { numberIn, positiveInteger, readGuidance, threadCount, type GivenGuidance } from './option-values';

/** Hyper-parameters given on the command line, as written. */
export type Overrides = { readonly [name: string]: string };

export function addSet(command: Command): Command {
  return command
    .option('--set <key=value>', 'give a hyper-parameter or a setting another value (repeatable)', readSet)
    .addHelpText('after', setHelp);
}

const setHelp = `
--set takes a hyper-parameter of the model (depth=12, size=64x64), a setting of its recipe (steps=500, ema=0.99,
optimizer.rate=3e-4, 'optimizer=muon(rate: 3e-3)'), of how it is sampled (sample.solver.steps=20, 'sample.guidance=cfg(3)') or
exported (export.format.opset=23), where the command reads these. Values are written as in a spec. Where a hyper-parameter
has the name of a setting, train.NAME is the setting.`;

export function addBackend(command: Command, names: readonly string[] = backendNames): Command {
  return command.addOption(
    new Option('--backend <name>', 'what computes; auto is TensorFlow where set up, else tfjs on wasm')
      .choices(['auto', ...names])
      .default('auto'),
  );
}

export function addThreads(command: Command): Command {
  return command.option('--threads <n>', 'CPU threads to use', threadCount);
}

/** Options that select weights in a file. */
export interface WeightOptions {
  readonly which?: string;
  readonly listUnused?: boolean;
  readonly lora?: string;
}

/** Which weights of a run or a file are meant. */
export function addChoice(command: Command): Command {
  return command.option(
    '--which <weights>',
    'of a checkpoint that holds several: ema (averaged, the default where there are any), raw, or the name of a table; of a run with several averages also ema-0.9999 or ema-power-0.1, as its files are called; of one with snapshot_every also another width, "power(0.15)"',
  );
}

/** `--weights` files may have averaged weights beside raw ones, and more tensors than a model has. */
export function addWhich(command: Command): Command {
  return addChoice(command)
    .option('--lora <path>', 'adapters that are merged into the weights: a file, or a folder as PEFT leaves it')
    .option('--list-unused', 'name every tensor and value of the weights file that is not used');
}

/** The options in the form that the loader takes. */
export function weightOptions({ which, listUnused, lora }: WeightOptions): Omit<LoadOptions, 'tell' | 'leftovers'> {
  return { which, unused: listUnused ? 'list' : 'count', lora };
}

/** Differences between a walk from noise to an image and the spec's. */
export interface SamplingOptions {
  readonly solver?: SampleSettings['solver'];
  readonly steps?: number;
  readonly guidance?: GivenGuidance;
  readonly shift?: number;
}

export function addSampling(command: Command): Command {
  return command
    .addOption(new Option('--solver <name>', "the spec's by default, else flow_dpm").choices(solverNames))
    .option('--steps <n>', 'steps of the solver', positiveInteger)
    .option(
      '--guidance <s,from,to>',
      "guidance scale, and the times of the solver's clock between which it acts; what is left out stays as the spec has it",
      readGuidance,
    )
    .option('--shift <x>', 'shift of the time grid, 1 for none', numberIn(positiveRange));
}

/** The settings, with the spec's replaced by those given on the command line. */
export function chosenSampling(
  settings: SampleSettings,
  { solver, steps, guidance, shift }: SamplingOptions,
): Omit<SampleSettings, 'name' | 'model'> {
  const { name: _name, model: _model, ...walk } = settings;
  refuseDeclared(walk, { solver, shift, guidance });
  const chosen = {
    ...walk,
    solver: solver ?? walk.solver,
    steps: steps ?? walk.steps,
    shift: shift ?? walk.shift,
    // The spec's interval, rescaling and weaker model stay unless the option gives them.
    guidance: guidance ? { from: 0, to: 1, ...builtInGuidance(walk.guidance), ...guidance } : walk.guidance,
  };
  checkLastStep(chosen);
  return chosen;
}

/** A method of the language names its own parameters; refuses an option that would silently replace one of them. */
function refuseDeclared(
  walk: Pick<SampleSettings, 'solver' | 'guidance'>,
  { solver, shift, guidance }: SamplingOptions,
): void {
  if (guidance && isDeclaredGuidance(walk.guidance))
    throw new WeftError(
      `The spec guides by ${methodText(walk.guidance)}, of which --guidance knows nothing.`,
      'Give its own numbers, such as --set sample.guidance.scale=3, or another: --set "sample.guidance=cfg(3)".',
      2,
    );
  if (shift !== undefined && solver === undefined && typeof walk.solver !== 'string')
    throw new WeftError(
      `The spec walks by ${methodText(walk.solver)}, of which --shift knows nothing.`,
      'Give its own numbers, such as --set sample.solver.shift=3.',
      2,
    );
}

export function readSet(text: string, previous: Overrides = {}): Overrides {
  const at = text.indexOf('=');
  const [key, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at < 1 || key === '' || value === '')
    throw new InvalidArgumentError('Write it as key=value, for instance --set width=384.');
  if (Object.hasOwn(previous, key)) throw new InvalidArgumentError(`${key} is set twice.`);
  return { ...previous, [key]: value };
}
