/** What each keyword and each type of a parameter is for, how it is written, and an example; shown at the top of docs/words.md. */
import { exportFields } from '../../src/compiler/recipe/export';
import { sampleFields } from '../../src/compiler/recipe/sample';
import { trainFields } from '../../src/compiler/recipe/train';

/** Where an example stands in the spec that it is checked in: `keywordExampleSpec`. */
export type Place = 'file' | 'body' | 'recipe';

export interface Keyword {
  readonly written: string;
  readonly doc: string;
  readonly place: Place;
  readonly example: string;
}

const settingsOf = (fields: object): string => `Its settings are ${Object.keys(fields).join(', ')}.`;

const recipe = `  data      = folder("data/images")
  objective = rectified_flow(time: uniform)
  optimizer = adamw(rate: 1e-4)
  batch     = 8
  steps     = 10`;

const conditional = `let wide = if width > 16 { 2 * width } else if width > 8 { width } else { 8 }`;

/** By name, in the order in which a file has them. `variant` is no word of the grammar; people look for it. */
export const keywords: { readonly [name: string]: Keyword } = {
  import: {
    written: 'import { NAME, NAME as OTHER } from "FILE"',
    doc: 'Imports declarations from another file: "std/patches" is in the shipped library, "./other" lies beside this file.',
    place: 'file',
    example: 'import { patchify, unpatchify as join } from "std/patches"',
  },
  from: {
    written: 'import { NAME } from "FILE"',
    doc: 'Names the file that an import reads. As a setting of a train section it names the weights to start from.',
    place: 'file',
    example: 'import { DiT } from "std/dit"',
  },
  as: {
    written: 'import { NAME as OTHER } from "FILE"',
    doc: 'Gives an imported declaration another name in this file.',
    place: 'file',
    example: 'import { DiT as Layer } from "std/dit"',
  },
  block: {
    written: 'block NAME(PARAMETER: TYPE = DEFAULT, …) -> TYPE { … return VALUE }',
    doc: 'A function from tensors to tensors. Lower-case names in shapes stand for sizes, and the same name means the same size. Parameters with a default may be left out. Weights of the block are named below the label of the call.',
    place: 'file',
    example: `block Mlp(x: [n, d], hidden: Int = 4 * d) -> [n, d] {
  return linear(silu(linear(x, hidden) @up), d) @down
}`,
  },
  model: {
    written: 'model NAME(PARAMETER: TYPE = DEFAULT, …) { input … output … }',
    doc: 'A block with inputs and an output. Every hyper-parameter has a default, which `--set` and studies can change.',
    place: 'file',
    example: `model Tiny(size: Size = 8x8) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  output velocity: image(size) = noisy * param([1], init: one) @scale + time
}`,
  },
  objective: {
    written: 'objective NAME(PARAMETER: TYPE = DEFAULT, …) { … return LOSS }',
    doc: 'A training loss: one number per image, computed from the clean `image`, random draws and calls of `model`. `noise_time` and `data_time` are the model\'s times of pure noise and of data; `predicts` is "velocity", "x0" or "noise", and `path` is the path of the model\'s time; an objective that never reads it trains models on the straight path only. `betas` are the rates of noise of that path, [n], or `none`. Values named by `tap` are logged beside the loss. A recipe can use the objectives of its file and of std/objectives. The words for objectives are listed below.',
    place: 'file',
    example: `objective own(far: Float = 1) {
  let t = uniform(0, 1)
  let noise = normal(like: image)
  let noisy = t * image + (1 - t) * noise
  return mean(square(model(noisy, time: t) - far * (image - noise)), axis: all)
}
train on_it of Example {
  objective = own(far: 1.0)
${recipe.replace(/.*rectified_flow.*\n/, '')}
}`,
  },
  optimizer: {
    written: 'optimizer NAME(rate: Float, …) { input STATE: moment … output STATE = VALUE … output weight = VALUE }',
    doc: 'The update of one weight. `weight` and `gradient` are tensors of the same shape, `rate` is the learning rate of the step, and `step` counts from 1. `label` is the name of the weight, `looked_up` says whether it is an embedding table, `decays` whether weight decay applies to it. State that is kept from step to step is an input of type `moment`; an output of the same name gives its new value. A recipe can use the optimisers of its file and of std/optimizers.',
    place: 'file',
    example: `optimizer heavy_ball(rate: Float, keep: Float = 0.9) {
  input m: moment
  output m = keep * m + gradient
  output weight = weight - (if matches(label, "*.bias") { rate / 2 } else { rate }) * m
}
train rolled of Example {
  optimizer = heavy_ball(rate: 1e-3)
${recipe.replace(/.*optimizer.*\n/, '')}
}`,
  },
  solver: {
    written: 'solver NAME(steps: Int, …) { input STATE: state … output STATE = VALUE … output noisy = VALUE }',
    doc: "One sampling step: `noisy` holds the images before the step, and `output noisy` gives them after it. `index` counts the steps from 0; times are computed from it, with 0 at the noise and 1 at the data. Values that depend only on `index` may decide an `if`, and cost nothing at run time. `noise_time` and `data_time` are the model's times of pure noise and of data, `betas` the rates of noise of its path, [n], or `none`. State that is kept from step to step is an input of type `state`; an output of the same name gives its new value. A sample section can use the solvers of its file and of std/solvers.",
    place: 'file',
    example: `solver midpoint(steps: Int) {
  let (t, width) = (index / steps, 1 / steps)
  let half = noisy + width / 2 * velocity(noisy, t)
  output noisy = noisy + width * velocity(half, t + width / 2)
}
sample halfway of Example { solver = midpoint(steps: 10) }`,
  },
  guidance: {
    written: 'guidance NAME(PARAMETER: TYPE = DEFAULT, …) { … return VELOCITY }',
    doc: 'The velocity that a solver written in the language uses, combined from predictions of the model, which `branch` gives. `noisy` and `time` are the images and the time of the evaluation; `time` is 0 at the noise and 1 at the data. `index` and `steps` are those of the solver. A guidance can keep `state`, as a solver does. A sample section can use the guidances of its file and of std/guidance.',
    place: 'file',
    example: `guidance early(scale: Float, until: Float = 0.5) {
  return if time < until { branch(none) + scale * (branch() - branch(none)) } else { branch() }
}
solver steady(steps: Int) { output noisy = noisy + velocity(noisy, index / steps) / steps }
sample led of Example {
  solver = steady(steps: 10)
  guidance = early(3)
}`,
  },
  variant: {
    written: 'model NAME = MODEL(PARAMETER: VALUE, …)',
    doc: 'The same model with other defaults for some of its hyper-parameters.',
    place: 'file',
    example: 'model Example_L = Example(width: 32, depth: 4)',
  },
  input: {
    written: 'input NAME: TYPE',
    doc: 'An input of a model. The first image is the noisy image, the first scalar or time is the time, and all others are conditions. The types are listed below.',
    place: 'body',
    example: 'input other: class(10)',
  },
  output: {
    written: 'output NAME: TYPE = VALUE',
    doc: 'An output of a model. The one that is called velocity, x0 or noise, or that says `predicts`, is trained and sampled; the others can be read.',
    place: 'file',
    example: `model Plain(size: Size = 8x8) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  output velocity: image(size) = noisy * time
}`,
  },
  require: {
    written: 'require CONDITION, "MESSAGE"',
    doc: 'Rejects hyper-parameters for which the condition is false. The error shows the message, in which {NAME} stands for a value, and suggests values for which the condition is true.',
    place: 'body',
    example: 'require width % 2 == 0, "a width of {width} cannot be halved"',
  },
  let: {
    written: 'let NAME = VALUE',
    doc: 'Names a value, or each part of a tuple: `let (a, b) = …`. A call that has weights and no label of its own is labelled with the name. A later `let` may use the name again.',
    place: 'body',
    example: `let hidden = 2 * width
let (shift, scale) = split(linear(x, hidden), 2)`,
  },
  tap: {
    written: 'tap NAME = VALUE',
    doc: 'A `let` whose value can be read from outside, by alignment during training and by `weft run`.',
    place: 'body',
    example: 'tap features = silu(x)',
  },
  pathway: {
    written: 'pathway NAME: TOKENS of WIDTH { … }',
    doc: 'A stream of tokens on a grid, all of one width. The body must give [tokens, width]; afterwards the name stands for this value.',
    place: 'body',
    example: `pathway wide: size of 16 {
  linear(x, 16) @up
}`,
  },
  return: {
    written: 'return VALUE',
    doc: 'The value of a block, as the last statement of its body. The word may be left out before a last expression.',
    place: 'file',
    example: 'block Twice(x: [...]) -> [...] { return 2 * x }',
  },
  repeat: {
    written: 'repeat(COUNT) BLOCK(…) @LABEL',
    doc: 'Applies a block several times, each time with its own weights, `LABEL.0`, `LABEL.1` and so on. `repeat(i in COUNT)` names the number of the turn, and `x => …` is the body of a turn.',
    place: 'body',
    example: `let deep  = x |> repeat(depth) linear(width) @blocks
let wider = x |> repeat(i in depth) x => linear(x, width + i) @layers`,
  },
  if: {
    written: 'if CONDITION { … } else { … }',
    doc: 'Chooses one of two values or bodies. The condition depends on hyper-parameters and sizes, and is decided when the model is built.',
    place: 'body',
    example: conditional,
  },
  else: {
    written: 'if CONDITION { … } else { … }',
    doc: 'The value or body for a condition that is false; `else if` adds another condition.',
    place: 'body',
    example: conditional,
  },
  in: {
    written: 'NAME in VALUES',
    doc: 'An axis of a sweep, with the values it takes; in `repeat(NAME in COUNT)`, the name of the turn, counted from 0.',
    place: 'file',
    example: 'sweep widths of Example { width in [8, 16] }',
  },
  true: {
    written: 'true',
    doc: 'A Bool.',
    place: 'body',
    example: 'let biased = linear(x, 8, bias: true)',
  },
  false: {
    written: 'false',
    doc: 'A Bool.',
    place: 'body',
    example: 'let unbiased = linear(x, 8, bias: false)',
  },
  and: {
    written: 'CONDITION and CONDITION',
    doc: 'True if both conditions are true.',
    place: 'body',
    example: 'require width > 0 and depth > 0, "nothing is left"',
  },
  or: {
    written: 'CONDITION or CONDITION',
    doc: 'True if at least one condition is true.',
    place: 'body',
    example: 'require width % 3 == 0 or width % 2 == 0, "{width} is no multiple of 2 or 3"',
  },
  not: {
    written: 'not CONDITION',
    doc: 'True if the condition is false. It applies to a whole comparison: `not a == b` is `not (a == b)`.',
    place: 'body',
    example: 'require not width == 7, "7 is not allowed"',
  },
  train: {
    written: 'train NAME of MODEL { SETTING = VALUE … }',
    doc: `How a model, or every model of a study, is trained. ${settingsOf(trainFields)}`,
    place: 'file',
    example: `train small of Example {\n${recipe}\n}`,
  },
  phase: {
    written: 'phase at STEP { SETTING = VALUE … }',
    doc: 'Changes settings from that step on: `optimizer.rate`, `clip`, `batch`, `data`, `drop`, `ema`, `precision`, and hyper-parameters of the model that none of its weights depends on, such as the size of its image.',
    place: 'recipe',
    example: 'phase at 5 { optimizer.rate = 1e-5 }',
  },
  at: {
    written: 'phase at STEP { … }',
    doc: 'The step at which a phase begins.',
    place: 'recipe',
    example: 'phase at 8 { optimizer.rate = 3e-6 }',
  },
  given: {
    written: 'given INPUT = VALUE',
    doc: 'Computes a condition of the model during training, from the clean `image`, hyper-parameters, random draws, or files of a folder. In a sample section it fixes the value for sampling: `given until = 1`. The words for it are listed below.',
    place: 'recipe',
    example: 'given low = downsample(image, 2)',
  },
  sample: {
    written: 'sample NAME of MODEL { SETTING = VALUE … }',
    doc: `How images are drawn. ${settingsOf(sampleFields)}`,
    place: 'file',
    example: `sample fast of Example {
  solver   = flow_dpm(steps: 25)
  guidance = cfg(3)
}`,
  },
  export: {
    written: 'export NAME of MODEL { SETTING = VALUE … }',
    doc: `How a model is written for other programs. ${settingsOf(exportFields)}`,
    place: 'file',
    example: 'export file of Example { format = onnx(opset: 23) }',
  },
  of: {
    written: 'train NAME of MODEL { … }',
    doc: 'Names the model or study of a section; in a pathway, the width of its tokens.',
    place: 'file',
    example: 'sample quick of Example { solver = euler(steps: 10) }',
  },
  ablation: {
    written: 'ablation NAME { PARAMETER = VALUE … case "NAME" = MODEL(…) … }',
    doc: 'A table of models: `weft inspect` shows the cost of each, and `weft train` trains them all with one recipe. Values before the first case apply to all cases.',
    place: 'file',
    example: `ablation depths {
  width = 16
  case "flat" = Example(depth: 1)
  case "deep" = Example(depth: 4)
}`,
  },
  case: {
    written: 'case "NAME" = MODEL(…)',
    doc: 'A row of an ablation: a name, and a model with changed hyper-parameters.',
    place: 'file',
    example: 'ablation one { case "narrow" = Example(width: 4) }',
  },
  sweep: {
    written: 'sweep NAME of MODEL { PARAMETER in [VALUE, …] … }',
    doc: 'A table of one model at every combination of the values of its axes.',
    place: 'file',
    example: `sweep sizes of Example {
  width in [8, 16]
  depth in [1, 2]
}`,
  },
};

/** Types of parameters that are not types of inputs as well, with an example of each in a block. */
export const parameterTypes: { readonly [name: string]: Keyword } = {
  Int: typed('Int', 'A whole number.', 'linear(x, times * 8)', '2'),
  Float: typed('Float', 'A number.', 'times * x', '0.5'),
  Bool: typed('Bool', 'true or false.', 'linear(x, 8, bias: times)', 'true'),
  String: typed('String', 'A text in quotes.', 'rearrange(x, times)', '"n d -> d n"'),
  Ratio: typed(
    'Ratio',
    'Two numbers, as in 4:1; `window` computes a window from them.',
    'x * window(Size(4, 4), times).height',
    '4:1',
  ),
  Size: typed(
    'Size',
    'Height x width, with members `height`, `width` and `area`; sizes can be divided by each other.',
    'x * times.height',
    '8x8',
  ),
  Block: typed('Block', 'A block or a word that takes one tensor.', 'times(x)', 'silu'),
  Init: typed(
    'Init',
    'Initial values of weights: zero, one, xavier, fan_in or normal(std).',
    'linear(x, 8, init: times)',
    'zero',
  ),
};

function typed(type: string, doc: string, use: string, value: string): Keyword {
  const example = `block Use(x: [n, d], times: ${type} = ${value}) { ${use} }`;
  return { written: `PARAMETER: ${type}`, doc, place: 'file', example };
}

/** The encoder in the example of `encode`. */
const styleNet = `model StyleNet(size: Size = 8x8, width: Int = 8) {
  input picture: [3, size.height, size.width]
  output style: [width] = linear(rearrange(picture, "c h w -> (c h w)"), width) @out
}`;

/** What each word of a `given` is written as. */
export const givenExamples: { readonly [word: string]: string } = {
  downsample: 'given low = downsample(image, 2)',
  random_mask: 'given hole = random_mask(0.1, 0.5)',
  uniform: 'given level = uniform(0, 1)',
  normal: 'given level = normal(0, 1)',
  folder: 'given low = folder("data/small")',
  mask_folder: 'given hole = mask_folder("data/masks")',
  file: 'given style = file("data/style.npy")',
  encode: 'given style = encode(image, StyleNet(width: 16), weights: "style.safetensors")',
};

/** How each word of an `optimizer` is used in one. */
export const optimizerExamples = {
  moment: 'input v: moment(start: 1e-30, shape: [weight.tokens, 1])',
  copy: 'input v: copy',
  matches: 'let part = if matches(label, "*.bias") { 0.5 } else { 1 }',
};

/** How each word of a `solver` and of a `guidance` is used in one. */
export const solverExamples: { readonly [word: string]: string } = {
  velocity: 'let v = velocity(noisy, index / steps)',
  normal: 'let fresh = 0.1 * normal(like: noisy)',
  state: 'input last: state(start: 1)',
};

export const guidanceExamples: { readonly [word: string]: string } = {
  branch: 'let (uncond, cond) = (branch(none), branch(label: none))',
};

/** The spec in which such an example is checked. */
export function solverExampleSpec({ solver = '', guidance = '' }: { solver?: string; guidance?: string }): string {
  const kept = /input (\w+): state/.exec(solver)?.[1];
  return `solver own(steps: Int) {
  ${solver}
  ${kept === undefined ? '' : `output ${kept} = noisy`}
  output noisy = noisy + velocity(noisy, index / steps) / steps
}
guidance along() {
  ${guidance}
  return branch()
}
model Example(size: Size = 8x8) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  input label: class(10)
  let shown = embed(label, 3)
  output velocity: image(size) = noisy * time + rearrange(shown, "(c h w) -> c h w", h: 1, w: 1)
}
sample drawn of Example {
  solver = own(steps: 4)
  guidance = along
}
`;
}

/** What a `schedule` may be, by its words. */
export const scheduleExamples: { readonly [word: string]: string } = {
  cosine: 'cosine(end: 0.1)',
  falling: 'falling(end: 0.01)',
  trapezoid: 'trapezoid(share: 0.3)',
};

/** How each word of an `objective` is used in one, where `t` is a number for each image. */
export const objectiveExamples: { readonly [word: string]: string } = {
  model: 'let (velocity, tokens) = model(image * t, time: t, taps: "tokens")',
  average: 'let target = average(image * t, time: t, label: none)',
  start: 'let before = start(image * t, time: t)',
  jvp: 'let (value, slope) = jvp((x, s) => model(x, time: s), at: (image, t), along: (1, 0.5))',
  over_batch: 'let every = over_batch(mean(image, axis: all))',
  teacher: 'let wanted = teacher(image * t, time: t, label: none)',
  encoded: 'let wanted = encoded()',
  normal: 'let noise = normal(like: image)',
  uniform: 'let other = uniform(0, 1)',
  downsample: 'let small = downsample(image, 2)',
  random_mask: 'let hole = random_mask(0.1, 0.5)',
};

/** The spec in which such an example is checked. */
export function objectiveExampleSpec(example: string): string {
  const settings: { readonly [word: string]: string } = {
    'encoded()': 'align = features(teacher: "encoder.onnx", tokens: 64, width: 8)',
    'teacher(': 'teacher = frozen(Example, weights: "runs/before")',
  };
  const needed = Object.keys(settings).filter((word) => example.includes(word));
  return `model Example(size: Size = 8x8) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  input label: class(10)
  tap tokens = linear(rearrange(noisy, "c h w -> (h w) c"), 3)
  output velocity: image(size) = rearrange(tokens, "(h w) c -> c h w", h: size.height) + noisy * time
}
objective example() {
  let t = uniform(0, 1)
  ${example}
  return mean(square(model(image, time: t)), axis: all)
}
train recipe of Example {
  ema = 0.5
  ${needed.map((word) => settings[word]).join('\n')}
${recipe.replace('rectified_flow(time: uniform)', 'example')}
}
`;
}

/** The spec in which an example is checked: a model, with the conditions that a `given` of it makes, and a recipe. */
export function keywordExampleSpec(place: Place, example: string): string {
  const at = (where: Place): string => (place === where ? example : '');
  const conditions = { low: 'image(size / 2)', hole: 'image(size, channels: 1)', level: 'scalar', style: '[16]' };
  const made = Object.entries(conditions).filter(([name]) => example.includes(`given ${name} `));
  const isImport = example.startsWith('import');
  return `${isImport ? example : ''}
model Example(size: Size = 8x8, width: Int = 8, depth: Int = 2) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  input label: class(10)
  ${made.map(([name, type]) => `input ${name}: ${type}`).join('\n')}
  let x = linear(rearrange(noisy, "c h w -> (h w) c"), width)
  ${at('body')}
  ${example.startsWith('block Use(') ? 'let used = Use(x)' : ''}
  output velocity: image(size) = noisy * time
}
${example.includes('StyleNet') ? styleNet : ''}
${isImport ? '' : at('file')}
${place === 'recipe' ? `train recipe of Example {\n${recipe}\n${example}\n}` : ''}
`;
}
