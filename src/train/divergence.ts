/** Finds the tensor at which a training step went wrong, when its loss or gradients are not finite. */
// Tested by test/train/train.test.ts.
import { openSession } from '../backends/open';
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { variablesOf } from '../compiler/ir/graph';
import { trainProbe } from '../compiler/programs/train-probe';
import type { TrainingData } from './batches';
import { controls, microBatches, stepSizes, type NonFiniteStep } from './steps';
import type { Training } from './training';

/** The error of a run that ends with such a step. */
export async function explainNonFinite(
  failed: NonFiniteStep,
  training: Training,
  data: TrainingData,
  lastCheckpoint: number | null,
): Promise<WeftError> {
  const what = await whatIsNotFinite(failed, training, data);
  return new WeftError(`Step ${failed.step + 1}: ${what}. ${keptSentence(lastCheckpoint)}`, rateHint);
}

/** Repeats the step and watches every tensor. The session's variables still have their values from before the step. */
export async function whatIsNotFinite(failed: NonFiniteStep, training: Training, data: TrainingData): Promise<string> {
  const where = await findFirst(failed, training, data).catch(() => null);
  const what = Number.isFinite(failed.loss) ? 'the gradients are' : 'the loss is';
  return `${what} no longer finite${where ? `; ${where}` : ''}`;
}

/** The advice when numbers grow without end. */
export const rateHint =
  'Lower optimizer.rate, add `clip = norm(1.0)` or a longer warmup; with bf16 try precision = f32.';

/** Says which checkpoint a run can continue from; null for none. */
export function keptSentence(checkpoint: number | null): string {
  return checkpoint === null ? 'No checkpoint was written before.' : `The checkpoint of step ${checkpoint} is kept.`;
}

async function findFirst(
  failed: NonFiniteStep,
  { session, model: whole, recipe: given, buckets }: Training,
  data: TrainingData,
): Promise<string | null> {
  const step = failed.step + failed.draws.skipped;
  const bucket = buckets?.[data.bucketAt?.(step) ?? 0];
  const [model, recipe] = bucket ? [bucket.model, { ...given, batch: bucket.batch }] : [whole, given];
  const program = trainProbe(model, recipe, session.backend === 'pytorch' ? 'whole' : 'own');
  const { rate: _rate, clip: _clip, ...seed } = controls(recipe, failed.step, failed.draws);
  const probe = await openSession(session.backend, [program], { bindings: stepSizes(recipe) });
  try {
    await probe.set(await session.get(variablesOf(program).map((v) => v.leaf.name)));
    for (const part of microBatches(recipe, await data.batch(step))) {
      const counts = await probe.run(program.name, { ...part, ...seed });
      const first = Object.keys(program.outputs).find((name) => counts[name].data[0] > 0);
      if (first)
        return `the first tensor to go wrong is ${describe(first)} (${counted(counts[first].data[0], 'number')})`;
    }
    return null;
  } finally {
    await probe.dispose();
  }
}

function describe(output: string): string {
  const at = output.indexOf('/');
  const [kind, path] = at < 0 ? [output, ''] : [output.slice(0, at), output.slice(at + 1)];
  if (kind === 'input') return `the input ${path}`;
  if (kind === 'weight') return `the weight ${path}`;
  if (kind === 'module') return `the output of ${path}`;
  if (kind === 'grad') return `the gradient of ${path}`;
  return `the ${kind}`;
}
