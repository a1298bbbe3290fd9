/** Checks a run's recipe, request and folder before its data are read, since reading them may take long. */
import { counted } from '../compiler/diagnostics/counted';
import { requireSchedule } from '../compiler/check/schedule';
import { trainedBy } from '../compiler/lower/left-out';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { builtInGuidance } from '../compiler/recipe/sample';
import { requireGuidable } from '../compiler/programs/guided';
import { readConditions } from '../sample/given';
import { requireFitting } from './prepare-run';
import { requireShared } from '../layouts/shares';
import { requireDisk } from './require-disk';
import { requireRoom } from './require-room';
import { modelledStages } from './stages';
import { parallelOf } from './parallel';
import { roomHere } from '../backends/room';
import { runPaths } from './run-folder';
import { checkStart } from './start-from';
import { checkFrozenWeights, frozenParts } from './start-frozen';
import type { TrainOptions } from './train';

export type AskedRun = Pick<
  TrainOptions,
  'out' | 'resume' | 'backend' | 'sample' | 'teacher' | 'devices' | 'compile' | 'modelWith'
>;

/** Refuses a run that would be refused whatever its data are. Nothing is written. */
export async function checkBeforeData(model: ModelGraph, recipe: TrainRecipe, asked: AskedRun): Promise<void> {
  requireSchedule(recipe);
  requireWeights(model);
  if (recipe.buckets && (asked.devices ?? 1) > 1)
    throw new WeftError(
      'Buckets are trained on one device.',
      'Leave --devices out, or `buckets` out of the recipe.',
      2,
    );
  const stages = modelledStages(model, recipe, asked);
  for (const stage of [{ recipe }, ...stages]) {
    requireParts(stage.recipe);
    requireShared(stage.recipe.batch, asked.devices ?? 1);
  }
  if (asked.backend === 'pytorch') (await import('../backends/pytorch/python')).requirePyTorch();
  requireGuidable(trainedBy(model, [recipe]), builtInGuidance(asked.sample?.guidance ?? null));
  if (asked.out !== undefined) await requireFitting(runPaths(asked.out), model, recipe, asked);
  // The conditions that samples are drawn with must be readable before the first step.
  await readConditions(model, asked.sample?.given ?? {});
  for (const stage of stages) {
    const parts = stage.buckets ?? [{ model: stage.model, batch: stage.recipe.batch }];
    for (const { model: own, batch } of parts) {
      requireParts({ ...stage.recipe, batch });
      await checkRoom(own, { ...stage.recipe, batch }, asked);
      requireCompilable(own, stage.recipe, asked);
    }
  }
  if (asked.resume) return;
  if (asked.out !== undefined)
    await requireDisk(model, recipe, { folder: asked.out, backend: (await roomHere(asked.backend ?? 'auto')).chosen });
  await checkStart(model, recipe);
  for (const part of frozenParts(recipe)) await checkFrozenWeights(part);
}

/** Without weights every step would leave everything as it is. */
function requireWeights({ name, weights }: ModelGraph): void {
  if (weights.length > 0) return;
  throw new WeftError(
    `${name} has no weights, so there is nothing to train.`,
    'Give it some, for instance `linear(x, 8) @name`; weft sample draws with it as it is.',
  );
}

/** torch.compile takes whole programs, and shards gather weights in the midst of one. */
function requireCompilable(model: ModelGraph, recipe: TrainRecipe, { backend, compile, devices = 1 }: AskedRun): void {
  if (!compile) return;
  if (backend !== 'pytorch')
    throw new WeftError(
      '--compile is torch.compile, which only the pytorch engine has.',
      'Add --engine pytorch, or leave --compile out.',
      2,
    );
  if (devices === 1 || parallelOf(model, recipe, devices) === 'replicate') return;
  throw new WeftError(
    `--compile cannot compile a step that ${counted(devices, 'device')} share in shards: weights are gathered in its midst.`,
    'Leave --compile out, or set parallel=replicate, which needs room for the whole state on each device.',
    2,
  );
}

/** A batch that was given by hand might not divide into the parts that the recipe asks for. */
function requireParts({ batch, accumulate = 1 }: TrainRecipe): void {
  if (batch % accumulate === 0) return;
  throw new WeftError(
    `A batch of ${counted(batch, 'image')} does not divide into ${counted(accumulate, 'part')} (accumulate).`,
    `Give a batch of ${Math.ceil(batch / accumulate) * accumulate}, or another number of parts.`,
    2,
  );
}

/** Refuses a step that does not fit into memory. A resumed run may not know its backend; it was checked when it began. */
export async function checkRoom(
  model: ModelGraph,
  recipe: TrainRecipe,
  { backend = 'auto', resume, devices = 1 }: Pick<AskedRun, 'backend' | 'resume' | 'devices'>,
): Promise<void> {
  if (devices > 1) return void parallelOf(model, recipe, devices);
  if (backend === 'auto' && resume) return;
  const { chosen, room } = await roomHere(backend);
  requireRoom(model, recipe, chosen, room);
}
