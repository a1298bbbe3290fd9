/** The whole sampler as one program: the model and a solver's step, in a loop over the evaluations of the walk. */
// Tested by test/backends/onnx/sample.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import { input, inScope, scalar, type Program, type Value } from '../ir/graph';
import { substitute } from '../ir/substitute';
import type { ModelGraph } from '../lower/model';
import type { Guidance, SampleSettings } from '../recipe/index';
import { add, mul } from '../ops/elementwise';
import { broadcastTo } from '../ops/movement';
import { denoise } from './denoise';
import { guided, requireGuidable, scaleName } from './guided';
import type { LoopProgram } from './loop';
import { velocityModel } from './objectives/prediction';
import { onlyInput } from './only-input';
import { solvers } from './samplers/index';
import { modelTime } from './samplers/model-time';
import { isGuided } from './samplers/sample';
import type { Combination, Evaluation } from './samplers/solver';

/** What decides a walk from noise to an image. */
export type Walk = Pick<SampleSettings, 'solver' | 'steps' | 'shift' | 'lastStep' | 'wholeTimes' | 'guidance'>;

/**
 * Inputs `noise` `[batch, channels, height, width]` and the conditions of `denoise`, or of `guided` where there is guidance;
 * output `image` of the same shape, about [-1, 1]. It computes what `sampleImages` does; outside the interval of guidance
 * both branches run all the same, with scale 1.
 */
export function sample(model: ModelGraph, walk: Walk): LoopProgram {
  refuseNames(model);
  const solver = solvers[walk.solver];
  const evaluations = solver.evaluations(solver.times(walk.steps, walk.shift, walk.lastStep));
  const { seen, sign } = modelTime(model, solver, walk);
  const guidance = guidanceOf(model, walk.guidance);
  const tables = new Tables();
  const velocity = velocityProgram(model, tables, {
    times: evaluations.map((e) => seen(e.time)),
    scales: evaluations.map((e) => (guidance && isGuided(guidance, e.time) ? guidance.scale : 1)),
    rescale: guidance?.rescale ?? 0,
  });
  const advance = inScope('solver', () => advanceProgram(evaluations, velocity.outputs.velocity, sign, tables));
  return { name: 'sample', velocity, advance, tables: tables.columns, turns: evaluations.length };
}

/** A sampler has an input and an output of its own. */
function refuseNames({ name, inputs }: ModelGraph): void {
  const taken = inputs.find((i) => i.name === 'noise' || i.name === 'image');
  if (!taken) return;
  throw new WeftError(
    `A sampler has ${taken.name === 'noise' ? 'an input' : 'an output'} \`${taken.name}\` of its own, and ${name} has a condition of that name.`,
    `Give the input another name, such as \`${taken.name}_in\`, or export --program denoise.`,
  );
}

/** Guidance that one set of weights can follow. */
function guidanceOf(model: ModelGraph, guidance: Guidance | null): Guidance | null {
  if (guidance?.weak !== undefined) {
    throw new WeftError(
      'Autoguidance needs the weights of two models, and an exported sampler holds those of one.',
      'Choose `guidance = cfg(…)` in the sample section, or --guidance SCALE; --program denoise exports the model alone.',
      2,
    );
  }
  requireGuidable(model, guidance);
  return guidance;
}

/** The model, guided where any evaluation is, at `loop/latents` and the time of the turn. */
function velocityProgram(
  model: ModelGraph,
  tables: Tables,
  { times, scales, rescale }: { times: readonly number[]; scales: readonly number[]; rescale: number },
): Program {
  const usesBranches = scales.some((s) => s !== 1);
  const whole = usesBranches ? guided(model, rescale) : denoise(velocityModel(model));
  const [image, time] = [onlyInput(model, 'image').value, onlyInput(model, 'time').value];
  const latents = input('loop/latents', image.shape);
  const replaced = new Map([
    [image, latents],
    [time, broadcastTo(tables.column('loop/t', times), { shape: time.shape })],
  ]);
  const scale = whole.inputs.find((v) => v.leaf?.kind === 'input' && usesBranches && v.leaf.name === scaleName(model));
  if (scale) replaced.set(scale, tables.column('loop/guidance', scales));
  const [velocity] = substitute([whole.outputs.velocity], replaced);
  const conditions = whole.inputs.filter((v) => !replaced.has(v));
  return {
    name: 'velocity',
    inputs: [...conditions, latents, ...tables.inputs],
    outputs: { velocity },
    updates: [],
  };
}

/** What an evaluation's results are sums of. */
const parts: readonly (keyof Combination)[] = ['latents', 'velocity', 'kept'];

/** Latents and what is kept, after an evaluation that gave `loop/velocity`; nothing is kept where no latents take of it. */
function advanceProgram(evaluations: readonly Evaluation[], like: Value, sign: number, tables: Tables): Program {
  const [latents, velocity, kept] = parts.map((part) => input(`loop/${part}`, like.shape));
  const next = (result: 'latents' | 'kept'): Value => {
    const terms = [latents, velocity, kept].flatMap((value, i) => {
      const part = parts[i];
      const numbers = evaluations.map((e) => (e[result][part] ?? 0) * (part === 'velocity' ? sign : 1));
      return numbers.every((x) => x === 0) ? [] : [mul(value, tables.column(`loop/${result}_of_${part}`, numbers))];
    });
    return terms.reduce((sum, term) => add(sum, term));
  };
  const remembers = evaluations.some((e) => e.latents.kept);
  const before = tables.inputs.length;
  const outputs = { latents: next('latents'), ...(remembers ? { kept: next('kept') } : {}) };
  const inputs = [latents, velocity, ...(remembers ? [kept] : []), ...tables.inputs.slice(before)];
  return { name: 'advance', inputs, outputs, updates: [] };
}

/** The columns of numbers a loop reads, one number a turn. */
class Tables {
  readonly inputs: Value[] = [];
  readonly columns: { [name: string]: readonly number[] } = {};

  /** The number of the turn; a constant where it is the same in every turn. */
  column(name: string, numbers: readonly number[]): Value {
    if (numbers.every((x) => x === numbers[0])) return scalar(numbers[0]);
    const made = input(name, []);
    this.inputs.push(made);
    this.columns[name] = numbers;
    return made;
  }
}
