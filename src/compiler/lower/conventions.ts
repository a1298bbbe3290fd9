/** The meaning of a model's output and of its time, as the spec states them; training, sampling and file writers read them here. */
import { WeftError } from '../diagnostics/diagnostic';
import type { Value } from '../ir/graph';
import type { Span } from '../source';
import { textOf, type ImageInput, type ModelGraph } from './model';
import type { Prediction } from '../recipe/index';

/** The time a model is given at pure noise and at pure data; it changes linearly between them. */
export interface TimeScale {
  readonly noise: number;
  readonly data: number;
}

/**
 * How noise and data are mixed along the path. `straight`: with shares that add up to one. `cosine` and `linear_beta`: with shares whose
 * squares do, as `cosine_shares` and `linear_beta_shares` of std/objectives say. `betas`: the same in the steps of DDPM, with a rate of noise
 * for each, `betas: …` of the model's time. `vp`: the same by a schedule that is not known. `ve`: noise is added to the data, and the time gives its standard deviation.
 */
export const paths = ['straight', 'cosine', 'linear_beta', 'betas', 'vp', 've'] as const;
export type NoisePath = (typeof paths)[number];

/** The paths that are trained and sampled. */
export type WalkedPath = Exclude<NoisePath, 'vp' | 've'>;

/** The paths that a spec states by name; `betas` is stated by its rates. */
export const namedPaths = paths.filter((path) => path !== 'betas');

export function isWalked(path: NoisePath): path is WalkedPath {
  return path !== 'vp' && path !== 've';
}

export const predictions: readonly Prediction[] = ['velocity', 'x0', 'noise'];

/** The conventions that files keep. */
export interface RecordedConventions {
  /** What the output that is trained and sampled stands for; null if the model does not say. */
  readonly prediction: Prediction | null;
  readonly time: TimeScale;
  readonly path: NoisePath;
  /** On the path `betas`: how many rates there are, the first, the last and what is left of the signal in the end, as text. */
  readonly rates?: string;
  /** Names of inputs that training left out at random; absent if not known. A model accepts weights trained either way. */
  readonly leftOut?: readonly string[];
}

export interface ModelConventions extends RecordedConventions {
  /** The rates of noise of the path `betas`, from the data to the noise, each above 0 and below 1. */
  readonly betas?: readonly number[];
  /** The output that is trained and sampled. */
  readonly output: string | null;
  /** The path of the network, if noisy images and times are converted for it from the straight path, which `path` is then. */
  readonly inside?: WalkedPath;
  /** Whether the spec says how time runs; if not, it runs from 0 at the noise to 1 at the data. */
  readonly isTimeStated: boolean;
  /** The places where the output is declared and the time is stated. */
  readonly outputSpan?: Span;
  readonly timeSpan?: Span;
}

/** The time of a spec that does not state one. */
export const usualTime: TimeScale = { noise: 0, data: 1 };

/** Names that tell what an output stands for. */
const outputNames: { readonly [K in Prediction]: readonly string[] } = {
  velocity: ['velocity', 'v'],
  x0: ['x0', 'clean'],
  noise: ['noise', 'epsilon', 'eps'],
};

/** An output as its declaration gives it; `predicts` is null if the declaration does not say what it stands for. */
export interface DeclaredOutput {
  readonly name: string;
  readonly predicts: Prediction | null;
  readonly span?: Span;
}

/** The statement of a spec about how time runs. */
export interface StatedTime {
  readonly scale: TimeScale;
  readonly path: NoisePath;
  readonly betas?: readonly number[];
  readonly span?: Span;
}

/** The conventions of a model with these outputs. A statement has priority over a name, and a velocity over other predictions. */
export function conventionsOf(outputs: readonly DeclaredOutput[], time: StatedTime | null = null): ModelConventions {
  const stated = outputs.find((o) => o.predicts !== null);
  const named = predictions.flatMap((prediction) =>
    outputNames[prediction].flatMap((name) =>
      outputs.filter((o) => o.name === name).map((o) => ({ ...o, predicts: prediction })),
    ),
  )[0];
  const chosen = stated ?? named;
  return {
    prediction: chosen?.predicts ?? null,
    output: chosen?.name ?? null,
    time: time?.scale ?? usualTime,
    path: time?.path ?? 'straight',
    ...(time?.betas && { betas: time.betas, rates: ratesText(time.betas) }),
    isTimeStated: time !== null,
    outputSpan: (chosen ?? outputs[0])?.span,
    timeSpan: time?.span,
  };
}

/** Rates of noise in few words, by which files recognise them: `1000 from 0.0001 to 0.02, 0.0000403583 left`. */
function ratesText(betas: readonly number[]): string {
  const text = (x: number): string => String(Number(x.toPrecision(6)));
  const left = betas.reduce((product, beta) => product * (1 - beta), 1);
  return `${betas.length} from ${text(betas[0])} to ${text(betas[betas.length - 1])}, ${text(left)} left`;
}

/** The facts about a model that training and sampling need. The model must state them, and its path must be a known one. */
export interface Flow {
  readonly output: string;
  readonly prediction: Prediction;
  readonly time: TimeScale;
  readonly path: WalkedPath;
}

/** Throws if the model does not say what its output stands for, or if its path is not known. */
export function flowOf(model: ModelGraph): Flow {
  const problem = flowProblem(model);
  if (problem) throw new WeftError(problem.message, problem.hint);
  const { output, prediction, time, path } = model.conventions;
  return { output: output!, prediction: prediction!, time, path: isWalked(path) ? path : 'straight' };
}

/** Why a model can be neither trained nor sampled; null if it can. */
export function flowProblem({ name, outputs, conventions }: ModelGraph): { message: string; hint: string } | null {
  const { path } = conventions;
  if (!isWalked(path)) {
    return {
      message: `${name} is on the path \`${path}\`, which does not say how much noise there is at which time, so it can be neither trained nor sampled.`,
      hint: `If it is one of these, state it: ${paths
        .filter(isWalked)
        .map((p) => (p === 'betas' ? '`betas: …`, the rates of its steps' : `\`path: ${p}\``))
        .join(', ')}. Otherwise export it with \`--program denoise\` and sample with the schedule it was trained for.`,
    };
  }
  if (conventions.output !== null) return null;
  const names = Object.keys(outputs);
  return {
    message: `${name} does not say what its output ${names.map((n) => `\`${n}\``).join(', ')} stands for, so it can be neither trained nor sampled.`,
    hint: `Call it \`velocity\`, \`x0\` (the clean image) or \`noise\`, or state it: \`output ${names[0] ?? 'pred'}: image(size, predicts: velocity)\`.`,
  };
}

/** The noisy image of a model: `x_t`. */
export function noisyImageOf(model: Pick<ModelGraph, 'inputs'>): ImageInput | undefined {
  return model.inputs.find((i): i is ImageInput => i.kind === 'image' && i.name === 'x_t');
}

/** The model's time as its graph reads it: `t`. */
export function timeOf(model: Pick<ModelGraph, 'inputs'>): Value | undefined {
  return model.inputs.find((i) => i.kind === 'time' && i.name === 't')?.value;
}

/** The conventions that are written into files. */
export function recordedConventions({ conventions }: ModelGraph): RecordedConventions {
  const { prediction, time, path, rates, leftOut } = conventions;
  const steps = rates === undefined ? {} : { rates };
  return { prediction, time: { noise: time.noise, data: time.data }, path, ...steps, ...(leftOut && { leftOut }) };
}

/** For messages: `velocity, time 0 at the noise and 1 at the data`. */
export function describeConventions({ prediction, time, path, rates }: RecordedConventions): string {
  const kind = prediction === null ? 'an output of no stated kind' : describePrediction[prediction];
  const way = path === 'straight' ? '' : `, on the path ${path}${rates === undefined ? '' : ` (${rates})`}`;
  return `${kind}, time ${time.noise} at the noise and ${time.data} at the data${way}`;
}

export const describePrediction: { readonly [K in Prediction]: string } = {
  velocity: 'the velocity',
  x0: 'the clean image (x0)',
  noise: 'the noise',
};

export function sameConventions(a: RecordedConventions, b: RecordedConventions): boolean {
  return (
    a.prediction === b.prediction &&
    a.path === b.path &&
    a.rates === b.rates &&
    a.time.noise === b.time.noise &&
    a.time.data === b.time.data
  );
}

/**
 * The model as version 0.1.0, which kept no record, understood it: `predict` of the recipe had priority over the output's name, an
 * only output was a velocity, and models that read text counted time from 1000 at the noise to 0. Statements of the spec still count.
 */
export function asBefore(model: ModelGraph, predict: Prediction | null = null): ModelGraph {
  const { conventions, outputs } = model;
  const names = Object.keys(outputs);
  const output = conventions.output ?? (names.length === 1 ? names[0] : null);
  const time = conventions.isTimeStated || !textOf(model) ? conventions.time : { noise: 1000, data: 0 };
  const prediction = predict ?? conventions.prediction ?? (output === null ? null : 'velocity');
  return { ...model, conventions: { ...conventions, output, prediction, time } };
}
