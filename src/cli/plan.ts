/** `weft plan`: the cost of a recipe on many devices, computed before any of them is used. */
import type { Command } from 'commander';
import { positiveRange } from '../compiler/bind/number-range';
import type { TrainRecipe } from '../compiler/recipe/index';
import { addSet, type Overrides } from './options';
import { numberIn, positiveInteger } from './option-values';
import { parseTarget } from '../spec/target';
import { deviceTable, machineOf, type MachineRequest } from '../layouts/machine';

interface PlanOptions extends MachineRequest {
  readonly set?: Overrides;
  readonly batch?: number;
  readonly steps?: number;
  readonly json?: boolean;
}

export function registerPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('what a recipe takes on many devices: memory, traffic, time, and the cheapest layout that fits')
    .argument('<target>', 'FILE#recipe, or FILE where it has one')
    .option('--devices <n>', 'devices in all', positiveInteger, 8)
    .option('--device <name>', 'what they are; an unknown name lists those that are known', 'h100')
    .option('--nodes <n>', 'machines that share them evenly; one for every 8 by default', positiveInteger)
    .option(
      '--memory <gib>',
      "GiB of each device that a run may fill; the datasheet's by default",
      numberIn(positiveRange),
    )
    .option(
      '--network <gbps>',
      "Gb/s of network for each node; the vendor's own system by default",
      numberIn(positiveRange),
    )
    .option(
      '--reach <share>',
      'the share of their peaks that devices and links reach; 1 by default',
      numberIn(reachRange),
    )
    .option('--batch <n>', 'images per step, on all devices together', positiveInteger)
    .option('--steps <n>', 'steps in all', positiveInteger);
  addSet(command)
    .option('--json', 'print the plan as JSON')
    .addHelpText(
      'after',
      `
A layout says how a step is shared. replicate (DDP): every device has all weights, and gradients are summed once a step.
shard (FSDP2): every device has its share of weights, gradients, optimiser and averages; blocks are gathered when their turn comes,
and once more for the backward pass, unless they are kept. Blocks recomputed: recompute = blocks in the recipe. The batch
of the recipe is kept: each device takes its part of it, at once where that fits, else in several micro-batches.

All comes from the training step itself: what lives at once, FLOPs of its products, what its kernels read and write. Times are
a lower bound at the vendor's peak; --reach 0.6 plans with 60 % of it. docs/scale.md says how each figure is made.

${deviceTable()}

Examples:
  weft plan imagenet.weft#xl --devices 8 --device h100
  weft plan imagenet.weft#xl --devices 32 --nodes 4 --device a100 --reach 0.5
  weft plan imagenet.weft#xl --devices 2 --device rtx-4090 --memory 22
  weft plan specs/ablations.weft#small --devices 1 --device l40s      every case of a study
  weft plan imagenet.weft#xl --set size=512x512 --batch 512 --json`,
    )
    .action(plan);
}

/** Above 0 and at most 1. */
const reachRange = { ...positiveRange, max: 1 };

async function plan(targetText: string, options: PlanOptions): Promise<void> {
  const machine = machineOf(options);
  const target = parseTarget(targetText);
  const [{ openSpec, recipeNamed }, { recipeWith, settingsFor }, { refuseSaidTwice, trainOptions }] = await Promise.all(
    [import('../spec/open'), import('../spec/settings'), import('../spec/said-twice')],
  );
  const { spec } = openSpec(target.file);
  const written = recipeNamed(spec, target.name);
  const set = settingsFor(spec, written.model, options.set, {
    reason: 'weft plan reads those of train alone',
    sections: ['train'],
  });
  const { batch, steps } = options;
  refuseSaidTwice(trainOptions, { batch, steps }, set.sections.train);
  const recipeOf = (studied?: string): TrainRecipe => ({
    ...recipeWith(spec, written, set, studied),
    ...(batch !== undefined && { batch }),
    ...(steps !== undefined && { steps }),
  });
  const recipe = recipeOf();
  const [{ planTarget }, { planJson }] = await Promise.all([
    import('../layouts/plan-target'),
    import('../layouts/plan-json'),
  ]);
  const planned = planTarget(spec, recipeOf, set.model, machine);
  if (options.json) return console.log(JSON.stringify(planJson(planned, recipe), null, 2));
  const [{ renderStages }, { renderPlanOfStudy }] = await Promise.all([
    import('../layouts/render'),
    import('../layouts/render-study'),
  ]);
  console.log(planned.study === null ? renderStages(planned.stages) : renderPlanOfStudy(planned, recipe, machine));
}
