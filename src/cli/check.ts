/** `weft check`: reports all errors in spec files. */
// Tested by test/cli/commands.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import type { Command } from 'commander';
import type { Spec } from '../compiler/compile';
import type { OpenedSpec } from '../spec/open';
import { addSet, type Overrides } from './options';

export function registerCheck(program: Command): void {
  const command = program
    .command('check')
    .description('check spec files: syntax, names, shapes of every model, and the train, sample and export sections')
    .argument('<file...>', 'spec files');
  addSet(command)
    .option('--json', 'print the diagnostics as JSON')
    .addHelpText(
      'after',
      `
Each problem is told with its place, the arithmetic, and a way to mend it; independent problems are all told at once.
Files that recipes and sample sections name are looked at: folders of data and groups of emoji by the names in them, weights to
start \`from\`, of a weaker model, of encoders and teachers by their tensors. What would be refused or not read is a warning,
and so is a step of training that needs more memory than this machine has.

Examples:
  weft check specs/pixeldit.weft
  weft check model.weft --set depth=12 --set optimizer.rate=3e-4
  weft check specs/*.weft --json | jq '.[].code'`,
    )
    .action(check);
}

async function check(files: readonly string[], options: { json?: boolean; set?: Overrides }): Promise<void> {
  const [{ openSpec }, { renderJson, renderText }] = await Promise.all([
    import('../spec/open'),
    import('../compiler/diagnostics/render'),
  ]);
  const opened = files.map((file) => openSpec(file, { elaborateModels: true, set: options.set }));
  const specs = await Promise.all(opened.map(lookedAt));
  const diagnostics = specs.flatMap((spec) => spec.diagnostics);
  if (options.json) console.log(JSON.stringify(renderJson(diagnostics), null, 2));
  else {
    const colors = process.stdout.isTTY === true && !process.env.NO_COLOR;
    if (diagnostics.length > 0) console.log(renderText(diagnostics, { colors }).trimEnd());
    for (const spec of specs)
      if (spec.diagnostics.length === 0) console.log(`${spec.path}: ${declared(spec)}, no problems`);
  }
  if (diagnostics.some((d) => d.severity === 'error')) process.exitCode = 1;
}

/** Adds notes on the files that sections name. The code that reads them is loaded only if there are such sections. */
async function lookedAt(opened: OpenedSpec): Promise<Spec> {
  const { spec } = opened;
  if (spec.recipes.length + spec.samples.length === 0) return spec;
  const { withDataLookedAt } = await import('../train/look-at-data');
  return withDataLookedAt(opened);
}

function declared({ models, recipes, studies }: Pick<Spec, 'models' | 'recipes' | 'studies'>): string {
  const some = (n: number, what: string): string[] => (n > 0 ? [counted(n, what)] : []);
  const parts = [
    counted(models.length, 'model'),
    ...some(recipes.length, 'recipe'),
    ...some(studies.filter((s) => s.kind === 'ablation').length, 'ablation'),
    ...some(studies.filter((s) => s.kind === 'sweep').length, 'sweep'),
  ];
  return parts.join(', ');
}
