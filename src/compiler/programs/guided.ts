/** Classifier-free guidance: both branches in one batched call. */
import { bindProgram } from '../ir/bind';
import { mulDims, symbol, type Dim } from '../ir/dims';
import { input, scalar, type Program, type Value } from '../ir/graph';
import { substitute } from '../ir/substitute';
import type { ModelGraph, ModelInput } from '../lower/model';
import { add, mul, sub } from '../ops/elementwise';
import { broadcastTo, concat, slice } from '../ops/movement';
import { denoise } from './denoise';
import { velocityModel } from './objectives/prediction';

/**
 * One call on `[x, x]` with conditions `[none, condition]`. Inputs of `denoise`, for texts also those of the empty
 * prompt (`text_none`, `text_mask_none`), and the scalar `guidance`. Outputs `velocity` = uncond + guidance · (cond -
 * uncond), and `conditional`.
 */
export function guided(given: ModelGraph): Program {
  const model = velocityModel(given);
  const batch = symbol('batch');
  const doubled = bindProgram(denoise(model), { batch: mulDims(2, batch) });
  const extra: Value[] = [];
  const replaced = new Map<Value, Value>();
  model.inputs.forEach((i, at) => replaced.set(doubled.inputs[at], bothBranches(i, extra)));
  const [both] = substitute([doubled.outputs.velocity], replaced);
  const [uncond, cond] = halves(both, batch);
  const guidance = input('guidance', []);
  return {
    name: 'guided',
    inputs: [...model.inputs.map((i) => i.value), ...extra, guidance],
    outputs: { velocity: add(uncond, mul(guidance, sub(cond, uncond))), conditional: cond },
    updates: [],
  };
}

/** An input for the branch without a condition, then for the one with it; `extra` receives inputs this needs. */
function bothBranches(i: ModelInput, extra: Value[]): Value {
  const { shape, dtype } = i.value;
  if (i.kind === 'class') {
    return concat([broadcastTo(scalar(i.classes, dtype), { shape }), i.value], { axis: 0 });
  }
  const isCondition = i.kind === 'text' || i.name === 'text_mask';
  if (!isCondition) return concat([i.value, i.value], { axis: 0 });
  const none = input(`${i.name}_none`, shape, dtype);
  extra.push(none);
  return concat([none, i.value], { axis: 0 });
}

function halves(both: Value, batch: Dim): Value[] {
  const zeros = both.shape.slice(1).map(() => 0);
  const size = [batch, ...both.shape.slice(1)];
  return [0, batch].map((at) => slice(both, { start: [at, ...zeros], size }));
}
