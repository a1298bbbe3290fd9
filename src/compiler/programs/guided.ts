/** Classifier-free guidance, with both branches in one batched call of the model. */
import { probabilityRange, requireInRange } from '../bind/number-range';
import { WeftError } from '../diagnostics/diagnostic';
import { bindProgram } from '../ir/bind';
import { mulDims, symbol, type Dim } from '../ir/dims';
import { input, scalar, type Program, type Value } from '../ir/graph';
import { substitute } from '../ir/substitute';
import { conditionsOf } from '../lower/givens/conditions';
import { absent, emptyPromptName, guidedOver } from '../lower/left-out';
import { requireModel } from '../lower/require-model';
import { tellsOfText, type ModelGraph, type ModelInput } from '../lower/model';
import type { Guidance } from '../recipe/index';
import { add, div, greater, mul, select, sqrt, square, sub } from '../ops/elementwise';
import { broadcastTo, concat, slice } from '../ops/movement';
import { asShape, keptShape } from '../ops/broadcasting';
import { reduceMean } from '../ops/reduction';
import { denoise } from './denoise';
import { velocityModel } from './objectives/velocity-model';

/**
 * One call on `[x, x]` with `[none, condition]` for conditions that guidance leaves out, and `[condition, condition]` for
 * others. Inputs are those of `denoise`, for texts also those of the empty prompt (`text_none` or `tokens_none`, `text_mask_none`),
 * and the scalar `guidance`. Outputs are `velocity` = uncond + guidance · (cond - uncond), rescaled by `rescale` (0 to 1), and
 * `conditional`.
 */
export function guided(given: ModelGraph, rescale = 0): Program {
  requireModel(given);
  // A number above 1 was probably meant as the scale of guidance, which is an input of the program.
  requireInRange('rescale', rescale, probabilityRange);
  const model = velocityModel(given);
  const batch = symbol('batch');
  const doubled = bindProgram(denoise(model), { batch: mulDims(2, batch) });
  const over = new Set(guidedOver(model));
  const extra: Value[] = [];
  const replaced = new Map<Value, Value>();
  model.inputs.forEach((i, at) => {
    const without = over.has(i) ? withoutInput(i, extra) : i.value;
    replaced.set(doubled.inputs[at], concat([without, i.value], { axis: 0 }));
  });
  const [both] = substitute([doubled.outputs.velocity], replaced);
  const [uncond, cond] = halves(both, batch);
  const guidance = input(scaleName(model), []);
  const velocity = add(uncond, mul(guidance, sub(cond, uncond)));
  return {
    name: 'guided',
    inputs: [...model.inputs.map((i) => i.value), ...extra, guidance],
    outputs: { velocity: rescale ? rescaled(velocity, cond, rescale) : velocity, conditional: cond },
    updates: [],
  };
}

/** The input name of the scale of guidance; a longer one if the model already has an input with that name. */
export function scaleName({ inputs }: Pick<ModelGraph, 'inputs'>, name = 'guidance'): string {
  return inputs.some((i) => i.name === name) ? scaleName({ inputs }, `${name}_scale`) : name;
}

/** Whether a model has a condition that guidance can leave out: a class, a text, or one that training left out. */
export function hasCondition(model: ModelGraph): boolean {
  return guidedOver(model).length > 0;
}

/** Throws if guidance would have no effect because the model has no condition that can be left out. */
export function requireGuidable(model: ModelGraph, guidance: Pick<Guidance, 'scale' | 'weak'> | null): void {
  if (!guidance || guidance.weak !== undefined || guidance.scale === 1 || hasCondition(model)) return;
  const [kept] = conditionsOf(model);
  throw new WeftError(
    `${model.name} has no condition to be guided by: no class, no text, and no other that its training left out.`,
    kept ? `Train it with drop = ${kept.name}(0.1), or leave guidance out.` : 'Leave guidance out.',
    2,
  );
}

/** The names of the inputs of `guided` for the empty prompt. */
export function emptyPromptNames(model: ModelGraph): readonly string[] {
  return guidedOver(model).filter(tellsOfText).map(emptyPromptName);
}

/**
 * Scales guided velocities of each image toward the standard deviation of the conditional ones (arXiv 2305.08891,
 * section 3.4): a mixture of the scaled velocities, with share `amount`, and the unscaled ones.
 */
export function rescaled(velocity: Value, conditional: Value, amount: number): Value {
  const [have, want] = [deviation(velocity), deviation(conditional)];
  // With a standard deviation of 0 there is nothing to scale.
  const factor = select(greater(have, 0), add(mul(div(want, have), amount), 1 - amount), 1);
  return mul(factor, velocity);
}

/** Standard deviation over all axes but the first, kept with size 1: `[batch, 1, …]`. */
function deviation(x: Value): Value {
  const axes = x.shape.map((_, i) => i).slice(1);
  const mean = (v: Value): Value => asShape(reduceMean(v, { axes }), keptShape(v.shape, axes));
  return sqrt(mean(square(sub(x, mean(x)))));
}

/** The value that replaces an input in the branch without it; a new input that this needs is added to `extra`. */
function withoutInput(i: ModelInput, extra: Value[]): Value {
  const { shape, dtype } = i.value;
  if (!tellsOfText(i)) return broadcastTo(scalar(absent(i), dtype), { shape });
  const none = input(emptyPromptName(i), shape, dtype);
  extra.push(none);
  return none;
}

function halves(both: Value, batch: Dim): Value[] {
  const zeros = both.shape.slice(1).map(() => 0);
  const size = [batch, ...both.shape.slice(1)];
  return [0, batch].map((at) => slice(both, { start: [at, ...zeros], size }));
}
