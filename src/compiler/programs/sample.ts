/** The whole sampler as one program: the model and a solver's step, in a loop over the evaluations of a walk. */
// Tested by test/backends/onnx/sample.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import { input, inScope, scalar, type Program, type Value } from '../ir/graph';
import { substitute } from '../ir/substitute';
import type { ModelGraph } from '../lower/model';
import { solverScope } from '../lower/solver/elaborate';
import type { Guidance, SampleSettings } from '../recipe/index';
import { builtInGuidance } from '../recipe/sample';
import { add, mul } from '../ops/elementwise';
import { broadcastTo } from '../ops/movement';
import { denoise } from './denoise';
import { guided, requireGuidable, scaleName } from './guided';
import { declaredWalk } from './declared-walk';
import { loopOf, type LoopProgram, type LoopTurn } from './loop';
import { velocityModel } from './objectives/velocity-model';
import { onlyInput } from './only-input';
import { solvers } from './samplers/index';
import { modelTime } from './samplers/model-time';
import { isGuided } from './samplers/sample';
import type { Combination, Evaluation } from './samplers/solver';
import { drawName, drawsOf, type WalkPlan } from './walk';

/** The settings that determine a walk from noise to an image. */
export type Walk = Pick<SampleSettings, 'solver' | 'steps' | 'shift' | 'lastStep' | 'wholeTimes' | 'guidance'>;

/**
 * Inputs `noise` `[batch, channels, height, width]` and the conditions of `denoise`, or of `guided` if there is guidance;
 * output `image` of the same shape, about [-1, 1]. The result is that of `sampleImages`, but outside the interval of guidance
 * both branches still run, with scale 1.
 */
export function samplerProgram(model: ModelGraph, walk: Walk): LoopProgram {
  refuseNames(model);
  refuseFile(builtInGuidance(walk.guidance)?.weak);
  const plan = declaredWalk(model, walk);
  refuseFile(plan?.weak[0]);
  if (plan) return loopOfPlan(model, plan);
  if (typeof walk.solver !== 'string') throw new WeftError(`The solver ${walk.solver.call} gives no walk.`);
  const solver = solvers[walk.solver];
  const evaluations = solver.evaluations(solver.times(walk.steps, walk.shift, walk.lastStep));
  const { seen, sign } = modelTime(model, solver, walk);
  const guidance = guidanceOf(model, builtInGuidance(walk.guidance));
  const tables = new Tables();
  const { velocity, conditions, latents } = velocityAt(model, tables, {
    times: evaluations.map((e) => seen(e.time)),
    scales: evaluations.map((e) => (guidance && isGuided(guidance, e.time) ? guidance.scale : 1)),
    rescale: guidance?.rescale ?? 0,
  });
  const kept = input('loop/kept', latents.shape);
  const { remembers, outputs } = inScope(solverScope, () =>
    advance(evaluations, { latents, velocity, kept }, sign, tables),
  );
  const inputs = [...conditions, latents, ...(remembers ? [kept] : []), ...tables.inputs];
  const program = { name: 'turn', inputs, outputs, updates: [] };
  const turn = { program, tables: tables.columns, draws: {}, turns: evaluations.length };
  return loopOf([turn], remembers ? [{ name: 'kept', start: 0 }] : [], latents, 0);
}

/** The loop of a plan: consecutive steps of the same kind become one round. */
function loopOfPlan(model: ModelGraph, { kinds, steps, states }: WalkPlan): LoopProgram {
  const turns: (LoopTurn & { readonly kind: number })[] = [];
  let draws = 0;
  for (let first = 0, end = 0; first < steps.length; first = end) {
    const { kind } = steps[first];
    while (end < steps.length && steps[end].kind === kind) end++;
    const own = steps.slice(first, end);
    const tables = Object.fromEntries(
      Object.keys(own[0].numbers).map((name) => [name, own.map(({ numbers }) => numbers[name])]),
    );
    const uses = drawsOf(kinds[kind]);
    const before = draws;
    const drawn = Array.from({ length: uses }, (_, use) => [drawName(use), own.map((_, i) => before + i * uses + use)]);
    draws += own.length * uses;
    turns.push({ kind, program: kinds[kind], tables, draws: Object.fromEntries(drawn), turns: own.length });
  }
  return loopOf(turns, states, onlyInput(model, 'image').value, draws);
}

/** Throws if a condition has the name of an input or output of the sampler. */
function refuseNames({ name, inputs }: ModelGraph): void {
  const taken = inputs.find((i) => ['noise', 'draws', 'image'].includes(i.name));
  if (!taken) return;
  throw new WeftError(
    `A sampler has ${taken.name === 'image' ? 'an output' : 'an input'} \`${taken.name}\` of its own, and ${name} has a condition of that name.`,
    `Give the input another name, such as \`${taken.name}_in\`, or export --program denoise.`,
  );
}

/** Throws for guidance with other weights: an exported file holds one set of weights. */
function refuseFile(weak: string | undefined): void {
  if (weak === undefined) return;
  throw new WeftError(
    'Autoguidance needs the weights of two models, and an exported sampler holds those of one.',
    'Choose `guidance = cfg(…)` in the sample section, or --guidance SCALE; --program denoise exports the model alone.',
    2,
  );
}

/** The guidance, after a check that the model has a condition for it. */
function guidanceOf(model: ModelGraph, guidance: Guidance | null): Guidance | null {
  requireGuidable(model, guidance);
  return guidance;
}

/** The velocity at `loop/latents` and the time of the turn, guided if any evaluation is. */
function velocityAt(
  model: ModelGraph,
  tables: Tables,
  { times, scales, rescale }: { times: readonly number[]; scales: readonly number[]; rescale: number },
): { readonly velocity: Value; readonly conditions: readonly Value[]; readonly latents: Value } {
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
  return { velocity, latents, conditions: whole.inputs.filter((v) => !replaced.has(v)) };
}

/** The terms of the sums that an evaluation computes. */
const parts: readonly (keyof Combination)[] = ['latents', 'velocity', 'kept'];

/** The latents and the kept values after an evaluation; nothing is kept if no latents use it. */
function advance(
  evaluations: readonly Evaluation[],
  seen: { readonly [K in keyof Required<Combination>]: Value },
  sign: number,
  tables: Tables,
): { readonly remembers: boolean; readonly outputs: Program['outputs'] } {
  const next = (result: 'latents' | 'kept'): Value => {
    const terms = parts.flatMap((part) => {
      const numbers = evaluations.map((e) => (e[result][part] ?? 0) * (part === 'velocity' ? sign : 1));
      return numbers.every((x) => x === 0)
        ? []
        : [mul(seen[part], tables.column(`loop/${result}_of_${part}`, numbers))];
    });
    return terms.reduce((sum, term) => add(sum, term));
  };
  const remembers = evaluations.some((e) => e.latents.kept);
  return { remembers, outputs: { latents: next('latents'), ...(remembers ? { kept: next('kept') } : {}) } };
}

/** The columns of numbers that a loop reads, with one number for each turn. */
class Tables {
  readonly inputs: Value[] = [];
  readonly columns: { [name: string]: readonly number[] } = {};

  /** The number of the current turn in a column; a constant if it is the same in every turn. */
  column(name: string, numbers: readonly number[]): Value {
    if (numbers.every((x) => x === numbers[0])) return scalar(numbers[0]);
    const made = input(name, []);
    this.inputs.push(made);
    this.columns[name] = numbers;
    return made;
  }
}
