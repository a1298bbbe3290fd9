/** `weft inspect`: what a model costs, block by block. */
// Tested by test/cli/commands.test.ts.
import type { Command } from 'commander';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { inspectStudies, usualMemory } from './inspect-studies';
import { addSet, type Overrides } from './options';
import { positiveInteger } from './option-values';
import { parseTarget } from '../spec/target';

export function registerInspect(program: Command): void {
  const command = program
    .command('inspect')
    .description('parameters, FLOPs and training memory of a model, block by block')
    .argument('<target>', 'FILE, FILE#Model, FILE#recipe, or FILE#study for an ablation or sweep');
  addSet(command)
    .option('--batch <n>', "images per training step, for the memory; the recipe's or 1 by default", positiveInteger)
    .option(
      '--memory <gib>',
      `GiB of the device that is to train the cases of a study; ${usualMemory} by default`,
      positiveInteger,
    )
    .option('--json', 'print the costs as JSON')
    .addHelpText(
      'after',
      `
FLOPs are those of one image, 2 for each multiply-add of linear layers and 4·n²·c for attention over n tokens of width c.

Examples:
  weft inspect specs/pixeldit.weft#PixelDiT_XL
  weft inspect specs/pixeldit.weft --set compaction=64:1 --set size=512x512 --batch 32
  weft inspect specs/ablations.weft                        every ablation and sweep of the file as a table
  weft inspect specs/ablations.weft#components --memory 24 --set size=128x128
  weft inspect model.weft --json | jq .parameters`,
    )
    .action(inspect);
}

async function inspect(
  targetText: string,
  options: { set?: Overrides; batch?: number; memory?: number; json?: boolean },
): Promise<void> {
  const target = parseTarget(targetText);
  const { elaborateModel, modelNamed, openSpec, requireFit, requireSound } = await import('../spec/open');
  const { spec } = openSpec(target.file);
  const recipes = spec.recipes.filter((r) => r.name === target.name);
  const named = (s: { readonly name: string }): boolean =>
    s.name === target.name || recipes.some((r) => r.model === s.name);
  const studies = spec.studies.filter((s) => target.name === null || named(s));
  if (studies.length > 0) {
    requireSound(spec);
    return inspectStudies(spec, studies, target.name, options);
  }
  if (options.memory !== undefined)
    throw new WeftError('--memory is for tables of ablations and sweeps.', 'Leave it out, or name a study.', 2);
  const name = modelNamed(spec, target.name);
  const [{ recipeWith, settingsFor }, { refuseSaidTwice, trainOptions }] = await Promise.all([
    import('../spec/settings'),
    import('../spec/said-twice'),
  ]);
  const written = spec.recipes.find((r) => r.name === target.name) ?? spec.recipes.find((r) => r.model === name);
  const set = settingsFor(spec, name, options.set, {
    reason: 'weft inspect reads those of train alone',
    sections: written ? ['train'] : [],
  });
  refuseSaidTwice(trainOptions, { batch: options.batch }, set.sections.train);
  const model = elaborateModel(spec, name, set.model);
  const recipe = written && recipeWith(spec, written, set);
  if (recipe) requireFit(spec, recipe, model);
  const [{ costsOf }, { memoryOf }, { bytes, renderReport }, { renderTrained, trainedParameters }] = await Promise.all([
    import('../compiler/report/costs'),
    import('../compiler/report/memory'),
    import('../compiler/report/render'),
    import('../compiler/report/trained'),
  ]);
  const costs = costsOf(model);
  const memory = memoryOf(model, { ...recipe, batch: options.batch ?? recipe?.batch ?? 1 });
  const { stageMemories } = await import('../spec/stage-memories');
  const stages = recipe ? stageMemories(spec, { ...recipe, batch: options.batch ?? recipe.batch }, set.model) : [];
  const { describeConventions, recordedConventions } = await import('../compiler/lower/conventions');
  const conventions = recordedConventions(model);
  const { hyperparameters } = model;
  const training = trainedParameters(model, recipe ?? {});
  if (options.json)
    return console.log(
      JSON.stringify(
        {
          ...costs,
          ...(training && { training }),
          hyperparameters,
          conventions,
          memory,
          ...(stages.length > 0 && { stages }),
        },
        null,
        2,
      ),
    );
  console.log(renderReport(costs, memory));
  for (const { when, total } of stages) console.log(`  ${when}: at the fullest moment ${bytes(total)}`);
  if (training) console.log(`\n${renderTrained(training)}`);
  if (model.inputs.some((i) => i.name === 't')) console.log(`\nPredicts ${describeConventions(conventions)}.`);
}
