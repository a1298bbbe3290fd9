/** What a model's output stands for and how it counts time: stated once, in the spec, and read from here by all that trains, samples or writes files. */
import { WeftError } from '../diagnostics/diagnostic';
import type { Value } from '../ir/graph';
import type { Span } from '../source';
import { textOf, type ModelGraph, type ModelInput } from './model';
import type { Prediction } from '../recipe/index';

/** What a model is told where there is only noise, and where there is only data; a straight line between them. */
export interface TimeScale {
  readonly noise: number;
  readonly data: number;
}

/**
 * How noise and data are mixed on the way. `straight`: by shares that add up to one. `vp`: by shares whose squares do, in the
 * discrete steps of DDPM. `ve`: noise of a standard deviation that the time says is added to the data.
 */
export const paths = ['straight', 'vp', 've'] as const;
export type NoisePath = (typeof paths)[number];

export const predictions: readonly Prediction[] = ['velocity', 'x0', 'noise'];

/** What files keep. */
export interface RecordedConventions {
  /** What the output that is trained and sampled stands for; null where the model does not say. */
  readonly prediction: Prediction | null;
  readonly time: TimeScale;
  readonly path: NoisePath;
  /** Names of the inputs that training left out now and then; absent where that is not known. Weights of either kind serve a model. */
  readonly leftOut?: readonly string[];
}

export interface ModelConventions extends RecordedConventions {
  /** The output that is trained and sampled. */
  readonly output: string | null;
  /** Whether the spec says how time runs; where it does not, from 0 at the noise to 1 at the data. */
  readonly isTimeStated: boolean;
  /** Where the output is declared, and the time stated. */
  readonly outputSpan?: Span;
  readonly timeSpan?: Span;
}

/** Where the spec does not say how time runs. */
export const usualTime: TimeScale = { noise: 0, data: 1 };

/** Names that state what an output stands for. */
const outputNames: { readonly [K in Prediction]: readonly string[] } = {
  velocity: ['velocity', 'v'],
  x0: ['x0', 'clean'],
  noise: ['noise', 'epsilon', 'eps'],
};

/** What is known of an output after its declaration; `predicts` where that says so. */
export interface DeclaredOutput {
  readonly name: string;
  readonly predicts: Prediction | null;
  readonly span?: Span;
}

/** How a spec says that time runs. */
export interface StatedTime {
  readonly scale: TimeScale;
  readonly path: NoisePath;
  readonly span?: Span;
}

/** The conventions of a model with these outputs; a statement comes before a name, a velocity before what is turned into one. */
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
    isTimeStated: time !== null,
    outputSpan: (chosen ?? outputs[0])?.span,
    timeSpan: time?.span,
  };
}

/** What training and sampling need to know of a model, which must say it and be on a path that they can walk. */
export interface Flow {
  readonly output: string;
  readonly prediction: Prediction;
  readonly time: TimeScale;
}

/** Throws where the model's output is of no stated kind, or where its path is not straight. */
export function flowOf(model: ModelGraph): Flow {
  const problem = flowProblem(model);
  if (problem) throw new WeftError(problem.message, problem.hint);
  const { output, prediction, time } = model.conventions;
  return { output: output!, prediction: prediction!, time };
}

/** Why a model can be neither trained nor sampled; null where it can. */
export function flowProblem({ name, outputs, conventions }: ModelGraph): { message: string; hint: string } | null {
  if (conventions.path !== 'straight') {
    return {
      message: `${name} is on the path \`${conventions.path}\`; training and sampling walk straight paths only, and on this one every image would come out wrong.`,
      hint: 'Export it with `--program denoise` and sample with the schedule it was trained for.',
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
export function noisyImageOf(model: Pick<ModelGraph, 'inputs'>): Extract<ModelInput, { kind: 'image' }> | undefined {
  return model.inputs.find((i): i is Extract<ModelInput, { kind: 'image' }> => i.kind === 'image' && i.name === 'x_t');
}

/** The value a model sees its time as: `t`. */
export function timeOf(model: Pick<ModelGraph, 'inputs'>): Value | undefined {
  return model.inputs.find((i) => i.kind === 'time' && i.name === 't')?.value;
}

/** What is written into files. */
export function recordedConventions({ conventions }: ModelGraph): RecordedConventions {
  const { prediction, time, path, leftOut } = conventions;
  return { prediction, time: { noise: time.noise, data: time.data }, path, ...(leftOut && { leftOut }) };
}

/** In people's words: `velocity, time 0 at the noise and 1 at the data`. */
export function describeConventions({ prediction, time, path }: RecordedConventions): string {
  const kind = prediction === null ? 'an output of no stated kind' : describePrediction[prediction];
  const way = path === 'straight' ? '' : `, on the path ${path}`;
  return `${kind}, time ${time.noise} at the noise and ${time.data} at the data${way}`;
}

export const describePrediction: { readonly [K in Prediction]: string } = {
  velocity: 'the velocity',
  x0: 'the clean image (x0)',
  noise: 'the noise',
};

export function sameConventions(a: RecordedConventions, b: RecordedConventions): boolean {
  return (
    a.prediction === b.prediction && a.path === b.path && a.time.noise === b.time.noise && a.time.data === b.time.data
  );
}

/**
 * The model as version 0.1.0 would have taken it, which kept no record: `predict` of the recipe came before the output's name, an
 * only output was a velocity, and models that read text counted time from 1000 at the noise to 0. What the spec states holds.
 */
export function asBefore(model: ModelGraph, predict: Prediction | null = null): ModelGraph {
  const { conventions, outputs } = model;
  const names = Object.keys(outputs);
  const output = conventions.output ?? (names.length === 1 ? names[0] : null);
  const time = conventions.isTimeStated || !textOf(model) ? conventions.time : { noise: 1000, data: 0 };
  const prediction = predict ?? conventions.prediction ?? (output === null ? null : 'velocity');
  return { ...model, conventions: { ...conventions, output, prediction, time } };
}
