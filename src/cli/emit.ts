/** `weft emit`: a model as readable PyTorch source. */
import type { Command } from 'commander';
import { addSet, type Overrides } from './options';
import { parseTarget } from '../spec/target';

export function registerEmit(program: Command): void {
  const command = program
    .command('emit')
    .description('write a model as a Python package for PyTorch, to go on from in Python')
    .argument('<target>', 'FILE or FILE#Model')
    .requiredOption('--out <folder>', 'a new folder for model.py, train.py, sample.py, pyproject.toml and README.md');
  addSet(command)
    .addHelpText(
      'after',
      `
model.py has one nn.Module for each distinct block, under the block's name and comment. Weights have the paths of the spec, so that
the weights.safetensors and ema.safetensors of a run load with load_state_dict(strict=True). The package needs torch, numpy and
safetensors, and nothing of Weft.

Examples:
  weft emit specs/pixeldit.weft#PixelDiT_XL --out pixeldit-xl
  weft emit model.weft --set depth=4 --out small`,
    )
    .action(emit);
}

async function emit(targetText: string, { out, set }: { out: string; set?: Overrides }): Promise<void> {
  const target = parseTarget(targetText);
  const [
    { elaborateModel, modelNamed, openSpec },
    { settingsFor },
    { packageOf, whyNoFlow, writePackage },
    { leftOut },
  ] = await Promise.all([
    import('../spec/open'),
    import('../spec/settings'),
    import('../backends/pytorch/emit/package'),
    import('../backends/pytorch/emit/left-out'),
  ]);
  const { spec } = openSpec(target.file);
  const name = modelNamed(spec, target.name);
  const settings = settingsFor(spec, name, set, { reason: 'weft emit writes the model alone', sections: [] });
  const model = elaborateModel(spec, name, settings.model);
  const recipes = spec.recipes.filter((recipe) => recipe.model === name);
  const files = packageOf(model, recipes);
  await writePackage(out, files);
  const left = whyNoFlow(model);
  if (left) console.error(`no train.py and sample.py: ${left}`);
  else
    for (const recipe of recipes) {
      const settings = leftOut(recipe);
      if (settings.length > 0)
        console.error(
          `note: train.py does not follow ${settings.join(', ')} of the recipe ${recipe.name}; weft train --engine pytorch does`,
        );
    }
  console.log(`${out}: ${Object.keys(files).join(', ')}`);
}
