/** Options that several commands share, and how their values are read. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { BackendName } from '../backends/session';
import type { Guidance, SampleSettings } from '../compiler/lower/recipe';

export const backendNames: readonly BackendName[] = ['reference', 'tensorflow', 'tfjs', 'onnx'];

/** Hyper-parameters given on the command line, as written. */
export type Overrides = { readonly [name: string]: string };

export function addSet(command: Command): Command {
  return command.option(
    '--set <key=value>',
    'override a hyper-parameter (repeatable): --set depth=12 --set size=64x64',
    readSet,
  );
}

export function addBackend(command: Command, names: readonly string[] = ['auto', ...backendNames]): Command {
  return command.addOption(
    new Option('--backend <name>', 'what computes; auto is TensorFlow where set up, else tfjs on wasm')
      .choices(names)
      .default(names[0]),
  );
}

export function addThreads(command: Command): Command {
  return command.option('--threads <n>', 'CPU threads to use', positiveInteger);
}

/** What of a file of weights is taken. */
export interface WeightOptions {
  readonly which?: string;
  readonly listUnused?: boolean;
}

/** `--weights` files may hold averaged weights beside raw ones, and more than a model has. */
export function addWhich(command: Command): Command {
  return command
    .option(
      '--which <weights>',
      'of a checkpoint that holds several: ema (averaged, the default where there are any), raw, or the name of a table',
    )
    .option('--list-unused', 'name every tensor and value of the weights file that is not used');
}

/** The options as the loader takes them. */
export function weightOptions({ which, listUnused }: WeightOptions): { which?: string; unused: 'list' | 'count' } {
  return { which, unused: listUnused ? 'list' : 'count' };
}

/** How a walk from noise to an image differs from what the spec says. */
export interface SamplingOptions {
  readonly solver?: SampleSettings['solver'];
  readonly steps?: number;
  readonly guidance?: Guidance;
  readonly shift?: number;
}

const solverNames: readonly SampleSettings['solver'][] = ['euler', 'heun', 'heun_exact', 'flow_dpm', 'dpm_solver_pp'];

export function addSampling(command: Command): Command {
  return command
    .addOption(new Option('--solver <name>', "the spec's by default, else flow_dpm").choices(solverNames))
    .option('--steps <n>', 'steps of the solver', positiveInteger)
    .option('--guidance <s,from,to>', 'guidance scale, and the times between which it acts', readGuidance)
    .option('--shift <x>', 'shift of the time grid, 1 for none', Number);
}

/** The settings with what was given on the command line in place of the spec's. */
export function chosenSampling(
  settings: SampleSettings,
  { solver, steps, guidance, shift }: SamplingOptions,
): Omit<SampleSettings, 'name' | 'model'> {
  return {
    solver: solver ?? settings.solver,
    steps: steps ?? settings.steps,
    shift: shift ?? settings.shift,
    guidance: guidance ?? settings.guidance,
  };
}

export function readSet(text: string, previous: Overrides = {}): Overrides {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as key=value, for instance --set width=384.');
  return { ...previous, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
}

export function positiveInteger(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return value;
}

/** A whole number of at least 0; `400k` and `1e5` are understood as in a spec. */
export function wholeNumber(text: string): number {
  const match = /^(\d+(?:\.\d+)?(?:e\d+)?)([km]?)$/i.exec(text.trim());
  const value = match ? Number(match[1]) * { '': 1, k: 1e3, m: 1e6 }[match[2].toLowerCase() as '' | 'k' | 'm'] : NaN;
  if (!Number.isSafeInteger(value))
    throw new InvalidArgumentError('It must be a whole number, for instance 500 or 20k.');
  return value;
}

/** `3.25` or `3.25,0.1,1`: scale, and the interval of times in which guidance acts. */
export function readGuidance(text: string): { scale: number; from: number; to: number } {
  const parts = text.split(',').map((p) => (p.trim() === '' ? NaN : Number(p)));
  const [scale, from = 0, to = 1] = parts;
  if (parts.length > 3 || parts.some((x) => !Number.isFinite(x))) {
    throw new InvalidArgumentError(
      'Write it as SCALE or SCALE,FROM,TO, for instance 3.25,0.1,1.0; 1 means no guidance.',
    );
  }
  if (from >= to) throw new InvalidArgumentError(`The interval from ${from} to ${to} is empty.`);
  return { scale, from, to };
}
