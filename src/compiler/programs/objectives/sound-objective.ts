/** Elaborates the objective of a recipe for a training step, from the text of its declaration; throws if it has errors. */
// Tested by test/train/declared-objective.test.ts.
import { WeftError } from '../../diagnostics/diagnostic';
import type { ModelGraph } from '../../lower/model';
import { elaborateObjective, type ElaboratedObjective, type StepInputs } from '../../lower/objective/elaborate';
import type { Declared } from '../../recipe/declared';
import type { Objective, TimeSampling } from '../../recipe/index';
import { keptMethod, refuseErrors } from '../kept-method';
import { shippedMethod } from '../shipped-method';
import { requireImageShape } from './prediction';

/** An elaborated objective without errors. */
export type SoundObjective = ElaboratedObjective & { readonly loss: NonNullable<ElaboratedObjective['loss']> };

export function soundObjective(model: ModelGraph, objective: Objective, step: StepInputs): SoundObjective {
  if (objective.kind === 'declared') return sound(model, objective, step);
  requireImageShape(model);
  // Times are drawn first, then the noise. Other draws of a step have their own streams, so they do not change these.
  const streams = [0, 1 << 28].values();
  return sound(model, straightFlow(objective.time), {
    ...step,
    nextStream: () => streams.next().value ?? step.nextStream(),
  });
}

function sound(model: ModelGraph, kept: Declared, step: StepInputs): SoundObjective {
  const made = elaborateObjective(model, keptMethod('objective', kept), step);
  refuseErrors(made.diagnostics);
  const { loss } = made;
  if (!loss) throw new WeftError(`The objective ${kept.call} gives no loss.`);
  return { ...made, loss };
}

/** The declaration behind `rectified_flow(time: …)`. */
function straightFlow(time: TimeSampling): Declared {
  const drawn = time.kind === 'uniform' ? { even: true } : { logit_mean: time.mean, logit_std: time.std };
  return shippedMethod('objective', 'straight_flow', { ...drawn, shift: time.shift });
}
