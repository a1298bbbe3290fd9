/** A model as a Python package: its source, and programs that train and sample it. */
// Tested by test/backends/pytorch/emit/model.test.ts.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { WeftError } from '../../../compiler/diagnostics/diagnostic';
import { formatShape } from '../../../compiler/ir/dims';
import { noisyImageOf } from '../../../compiler/lower/conventions';
import type { ModelGraph, ModelInput } from '../../../compiler/lower/model';
import type { TrainRecipe } from '../../../compiler/recipe/index';
import { writeFolderAtomic } from '../../../files/atomic';
import { leastTorch } from '../python';
import { pythonFolder } from '../peer';
import { leftOut } from './left-out';
import { emitModel } from './model';
import { pythonName } from './statements';

/** Files by name. */
export type PythonPackage = { readonly [name: string]: string };

/**
 * The files of a model's package; without the programs if these could not express the model's conventions. `recipes` are those that the spec
 * trains it with: README.md says what train.py leaves out of them.
 */
export function packageOf(model: ModelGraph, recipes: readonly TrainRecipe[] = []): PythonPackage {
  const source = (name: string): string => readFileSync(join(pythonFolder(), name), 'utf8');
  const isFlow = whyNoFlow(model) === null;
  const programs = isFlow ? ['train', 'sample'] : [];
  return {
    'model.py': emitModel(model, source('functions.py')),
    ...(isFlow && { 'conventions.py': conventionsText(model) }),
    ...Object.fromEntries(programs.map((name) => [`${name}.py`, source(`emit/${name}.py`)])),
    'pyproject.toml': projectText(model, ['model', ...(isFlow ? ['conventions', ...programs] : [])]),
    'README.md': readmeText(model, isFlow, recipes),
  };
}

/** Why no training and sampling programs are written; null if they are. */
export function whyNoFlow({ conventions, inputs }: ModelGraph): string | null {
  const { prediction, path, output } = conventions;
  if (output === null || prediction !== 'velocity')
    return `it predicts ${prediction ?? 'what the spec does not say'}, not a velocity`;
  if (path !== 'straight') return `its noise and data are not mixed along a straight line`;
  const names = inputs.map((i) => i.name);
  return names.includes('x_t') && names.includes('t') ? null : 'it has no noisy image and time';
}

/** Writes a new folder; it appears whole or not at all. */
export async function writePackage(folder: string, files: PythonPackage): Promise<void> {
  if (existsSync(folder)) throw new WeftError(`${folder} exists already.`, 'Name a new folder with --out.', 2);
  await writeFolderAtomic(folder, async (temporary) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(temporary, name), text);
  });
}

/** The model's conventions, as the programs read them. */
function conventionsText(model: ModelGraph): string {
  const { time } = model.conventions;
  const image = noisyImageOf(model);
  const size = image ? [image.channels, image.height, image.width] : [];
  const rest = model.inputs.filter((i) => i.name !== 'x_t' && i.name !== 't');
  const label = rest.find((i) => i.kind === 'class');
  return `"""What ${model.name} is given and what it says, for train.py and sample.py."""

from model import ${pythonName(model.name)} as Model

# Channels, height and width of an image.
IMAGE = (${size.join(', ')})

# The time that the model is told where there is only noise, and where there is only data.
NOISE_TIME, DATA_TIME = ${time.noise}, ${time.data}

# What the model reads beside the noisy image and the time, in order.
CONDITIONS = [${rest.map((i) => JSON.stringify(i.name)).join(', ')}]

# The label that stands for "no class", under the name of the labels; None where the model has none.
LABEL, NO_CLASS = ${label?.kind === 'class' ? `${JSON.stringify(label.name)}, ${label.classes}` : 'None, None'}

__all__ = ["Model", "IMAGE", "NOISE_TIME", "DATA_TIME", "CONDITIONS", "LABEL", "NO_CLASS"]
`;
}

function projectText({ name }: ModelGraph, modules: readonly string[]): string {
  return `[project]
name = "${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}"
version = "0.1.0"
description = "${name}, written by Weft from its spec"
requires-python = ">=3.10"
dependencies = ["torch>=${leastTorch}", "numpy", "safetensors"]

[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
py-modules = [${modules.map((m) => JSON.stringify(m)).join(', ')}]
`;
}

function readmeText(model: ModelGraph, isFlow: boolean, recipes: readonly TrainRecipe[]): string {
  const inputs = model.inputs
    .map((i) => `| \`${i.name}\` | ${formatShape(i.value.shape)} | ${meaningOf(i)} |`)
    .join('\n');
  const outputs = Object.entries(model.outputs).map(([name, v]) => `\`${name}\` ${formatShape(v.shape)}`);
  const outs = `It gives ${outputs.join(', ')}${outputs.length > 1 ? ', as a dictionary' : ''}.`;
  const cls = pythonName(model.name);
  const programs = isFlow
    ? `\`\`\`
python train.py --data images.safetensors --steps 10000        # writes weights.safetensors and ema.safetensors
python sample.py --weights ema.safetensors --out samples.npy
\`\`\`

\`images.safetensors\` holds \`images\` [n, ${imageText(model)}] from -1 to 1, and what else the model reads under its name. Both
programs explain themselves with \`--help\`.${leftOutText(recipes)}`
    : `There is no train.py and no sample.py, since ${whyNoFlow(model)}.`;
  return `# ${model.name}

Written by Weft from its spec. \`model.py\` has one class for each distinct block with weights, and one function for each without; it needs
PyTorch ${leastTorch} or later and nothing else. Weights of a run of Weft have the same names:

\`\`\`python
from safetensors.torch import load_file
from model import ${cls}

model = ${cls}()
model.load_state_dict(load_file("ema.safetensors"), strict=True)
model = torch.compile(model, fullgraph=True)
\`\`\`

| input | shape | what it is |
| --- | --- | --- |
${inputs}

${outs} New weights start as the spec says.

${programs}
`;
}

/** What train.py does not do. */
function leftOutText(recipes: readonly TrainRecipe[]): string {
  const rows = recipes.flatMap((recipe) => {
    const settings = leftOut(recipe);
    return settings.length === 0 ? [] : [`- \`${recipe.name}\`: ${settings.map((s) => `\`${s}\``).join(', ')}`];
  });
  if (rows.length === 0) return '';
  return `

train.py is a plain loop to go on from: rectified flow at uniform times, AdamW at a constant rate, and one average. The recipes of the spec say
more, which it does not follow; \`weft train --engine pytorch\` trains as they say:

${rows.join('\n')}`;
}

function imageText(model: ModelGraph): string {
  const image = noisyImageOf(model);
  return image ? `${image.channels}, ${image.height}, ${image.width}` : '';
}

function meaningOf(input: ModelInput): string {
  switch (input.kind) {
    case 'image':
      return input.name === 'x_t' ? 'the noisy image' : 'an image';
    case 'time':
      return 'the time';
    case 'class':
      return `a label below ${input.classes}; ${input.classes} stands for "no class"`;
    case 'text':
      return 'features of a text';
    case 'tokens':
      return `tokens of a text, below ${input.vocabulary}`;
    case 'tensor':
      return 'a condition';
  }
}
