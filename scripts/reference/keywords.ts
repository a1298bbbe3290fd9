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
    doc: 'Takes blocks and models of another file: "std/patches" of the shipped library, "./other" beside this one.',
    place: 'file',
    example: 'import { patchify, unpatchify as join } from "std/patches"',
  },
  from: {
    written: 'import { NAME } from "FILE"',
    doc: 'Says which file an import takes its names from. As a setting of a train section it names weights to start with.',
    place: 'file',
    example: 'import { DiT } from "std/dit"',
  },
  as: {
    written: 'import { NAME as OTHER } from "FILE"',
    doc: 'Gives what is imported another name here.',
    place: 'file',
    example: 'import { DiT as Layer } from "std/dit"',
  },
  block: {
    written: 'block NAME(PARAMETER: TYPE = DEFAULT, …) -> TYPE { … return VALUE }',
    doc: 'A function from tensors to tensors. Small letters in shapes stand for sizes, which must agree; parameters with a default may be left out. Weights it makes lie below the label of the call.',
    place: 'file',
    example: `block Mlp(x: [n, d], hidden: Int = 4 * d) -> [n, d] {
  return linear(silu(linear(x, hidden) @up), d) @down
}`,
  },
  model: {
    written: 'model NAME(PARAMETER: TYPE = DEFAULT, …) { input … output … }',
    doc: 'A block with inputs and an output. Every hyper-parameter has a default, which `--set` and studies change.',
    place: 'file',
    example: `model Tiny(size: Size = 8x8) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  output velocity: image(size) = noisy * param([1], init: one) @scale + time
}`,
  },
  objective: {
    written: 'objective NAME(PARAMETER: TYPE = DEFAULT, …) { … return LOSS }',
    doc: 'What training makes small: a number for each image, from `image`, the clean picture, from draws, and from calls of `model`. `noise_time` and `data_time` are the times of the model at the two ends, `predicts` is "velocity", "x0" or "noise". What it names by `tap` is shown beside the loss and kept in metrics.jsonl. A recipe names one of its file, or of std/objectives; the words for it are below.',
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
    doc: 'How one weight follows its gradient: `weight` and `gradient` are tensors of its shape, `rate` is the learning rate of the step, `step` counts from 1. `label` is its name, `looked_up` says whether it is a table, `decays` whether decay is meant for it. What is kept from step to step is an input of the type `moment`, and its new value an output of the same name. A recipe names one of its file, or of std/optimizers.',
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
    doc: 'One step from noise to an image: `noisy` are the images before it, and `output noisy` those after it. `index` is the number of the step, from 0, and times are made of it, from 0 at the noise to 1 at the data; what follows from it alone may stand in an `if`, and costs nothing in a step. `noise_time` and `data_time` are the times of the model at the two ends. What is kept from step to step is an input of the type `state`, and its new value an output of the same name. A sample section names one of its file, or of std/solvers.',
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
    doc: 'The velocity that a solver of the language follows, made of what the model answers by `branch`: wherever the solver asks, `noisy` are the images and `time` runs from 0 at the noise to 1 at the data. `index` and `steps` are those of the solver. It may keep a `state`, as a solver does. A sample section names one of its file, or of std/guidance.',
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
    doc: 'A model with other defaults for some hyper-parameters; the rest stays as it is.',
    place: 'file',
    example: 'model Example_L = Example(width: 32, depth: 4)',
  },
  input: {
    written: 'input NAME: TYPE',
    doc: 'Something a model is given: the first image is the noisy one, the first scalar or time is the time, and all others are conditions. The types are below.',
    place: 'body',
    example: 'input other: class(10)',
  },
  output: {
    written: 'output NAME: TYPE = VALUE',
    doc: 'What a model gives. One called velocity, x0 or noise, or with `predicts`, is what is trained and sampled; others can be read.',
    place: 'file',
    example: `model Plain(size: Size = 8x8) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  output velocity: image(size) = noisy * time
}`,
  },
  require: {
    written: 'require CONDITION, "MESSAGE"',
    doc: 'Refuses hyper-parameters for which the condition does not hold, with the message, in which {NAME} shows a value, and with values for which it does.',
    place: 'body',
    example: 'require width % 2 == 0, "a width of {width} cannot be halved"',
  },
  let: {
    written: 'let NAME = VALUE',
    doc: 'Names a value, or each part of several: `let (a, b) = …`. A call that makes weights is labelled with the name where it has no label of its own. A later `let` may take the name again.',
    place: 'body',
    example: `let hidden = 2 * width
let (shift, scale) = split(linear(x, hidden), 2)`,
  },
  tap: {
    written: 'tap NAME = VALUE',
    doc: 'A `let` whose value can be read from outside: by alignment while training, and by `weft run`.',
    place: 'body',
    example: 'tap features = silu(x)',
  },
  pathway: {
    written: 'pathway NAME: TOKENS of WIDTH { … }',
    doc: 'A stream of tokens on a grid, each of one width. The body must give [tokens, width]; the name stands for it afterwards.',
    place: 'body',
    example: `pathway wide: size of 16 {
  linear(x, 16) @up
}`,
  },
  return: {
    written: 'return VALUE',
    doc: 'What a block gives; the last statement of its body. A last expression without `return` is given as well.',
    place: 'file',
    example: 'block Twice(x: [...]) -> [...] { return 2 * x }',
  },
  repeat: {
    written: 'repeat(COUNT) BLOCK(…) @LABEL',
    doc: 'The same block several times, each with weights of its own, `LABEL.0`, `LABEL.1` and so on. `repeat(i in COUNT)` names the turn, and `x => …` says what each turn does.',
    place: 'body',
    example: `let deep  = x |> repeat(depth) linear(width) @blocks
let wider = x |> repeat(i in depth) x => linear(x, width + i) @layers`,
  },
  if: {
    written: 'if CONDITION { … } else { … }',
    doc: 'One of two values or bodies. The condition is about hyper-parameters and sizes, and is settled when the model is built.',
    place: 'body',
    example: conditional,
  },
  else: {
    written: 'if CONDITION { … } else { … }',
    doc: 'What is taken where the condition of an `if` does not hold; `else if` asks on.',
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
    doc: 'A Bool: what holds.',
    place: 'body',
    example: 'let biased = linear(x, 8, bias: true)',
  },
  false: {
    written: 'false',
    doc: 'A Bool: what does not hold.',
    place: 'body',
    example: 'let unbiased = linear(x, 8, bias: false)',
  },
  and: {
    written: 'CONDITION and CONDITION',
    doc: 'Whether both hold.',
    place: 'body',
    example: 'require width > 0 and depth > 0, "nothing is left"',
  },
  or: {
    written: 'CONDITION or CONDITION',
    doc: 'Whether at least one holds.',
    place: 'body',
    example: 'require width % 3 == 0 or width % 2 == 0, "{width} is no multiple of 2 or 3"',
  },
  not: {
    written: 'not CONDITION',
    doc: 'Whether the condition does not hold; it reaches over comparisons, so `not a == b` is `not (a == b)`.',
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
    doc: 'From that step on, another `optimizer.rate` or `clip`; nothing else can change while a run goes on.',
    place: 'recipe',
    example: 'phase at 5 { optimizer.rate = 1e-5 }',
  },
  at: {
    written: 'phase at STEP { … }',
    doc: 'The step from which a phase holds.',
    place: 'recipe',
    example: 'phase at 8 { optimizer.rate = 3e-6 }',
  },
  given: {
    written: 'given INPUT = VALUE',
    doc: 'How a condition of the model is made while it trains: from `image`, the clean picture, from hyper-parameters, by draws, or from a folder. In a sample section, what it is while images are drawn: `given until = 1`. The words for it are below.',
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
    doc: 'Says which model or study a section is about; in a pathway, which width its tokens have.',
    place: 'file',
    example: 'sample quick of Example { solver = euler(steps: 10) }',
  },
  ablation: {
    written: 'ablation NAME { PARAMETER = VALUE … case "NAME" = MODEL(…) … }',
    doc: 'A table of models side by side: `weft inspect` shows what each costs, `weft train` trains them all by one recipe. Values in front are shared by all cases.',
    place: 'file',
    example: `ablation depths {
  width = 16
  case "flat" = Example(depth: 1)
  case "deep" = Example(depth: 4)
}`,
  },
  case: {
    written: 'case "NAME" = MODEL(…)',
    doc: 'A row of an ablation: its name, and the model with what it changes.',
    place: 'file',
    example: 'ablation one { case "narrow" = Example(width: 4) }',
  },
  sweep: {
    written: 'sweep NAME of MODEL { PARAMETER in [VALUE, …] … }',
    doc: 'One model at every combination of the values of its axes, as a table like that of an ablation.',
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
    'Two numbers, as in 4:1, which windows are computed from.',
    'x * window(Size(4, 4), times).height',
    '4:1',
  ),
  Size: typed(
    'Size',
    'Height x width. It has `height`, `width` and `area`, and divides by another one.',
    'x * times.height',
    '8x8',
  ),
  Block: typed('Block', 'A block or a word that takes a tensor, to be called inside.', 'times(x)', 'silu'),
  Init: typed(
    'Init',
    'What weights are at the start: zero, one, xavier, fan_in or normal(std).',
    'linear(x, 8, init: times)',
    'zero',
  ),
};

function typed(type: string, doc: string, use: string, value: string): Keyword {
  const example = `block Use(x: [n, d], times: ${type} = ${value}) { ${use} }`;
  return { written: `PARAMETER: ${type}`, doc, place: 'file', example };
}

/** What each word of a `given` is written as. */
export const givenExamples: { readonly [word: string]: string } = {
  downsample: 'given low = downsample(image, 2)',
  random_mask: 'given hole = random_mask(0.1, 0.5)',
  uniform: 'given level = uniform(0, 1)',
  normal: 'given level = normal(0, 1)',
  folder: 'given low = folder("data/small")',
  mask_folder: 'given hole = mask_folder("data/masks")',
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
  normal: 'let noise = normal(like: image)',
  uniform: 'let other = uniform(0, 1)',
  downsample: 'let small = downsample(image, 2)',
  random_mask: 'let hole = random_mask(0.1, 0.5)',
};

/** The spec in which such an example is checked. */
export function objectiveExampleSpec(example: string): string {
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
${recipe.replace('rectified_flow(time: uniform)', 'example')}
}
`;
}

/** The spec in which an example is checked: a model, with the conditions that a `given` of it makes, and a recipe. */
export function keywordExampleSpec(place: Place, example: string): string {
  const at = (where: Place): string => (place === where ? example : '');
  const conditions = { low: 'image(size / 2)', hole: 'image(size, channels: 1)', level: 'scalar' };
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
${isImport ? '' : at('file')}
${place === 'recipe' ? `train recipe of Example {\n${recipe}\n${example}\n}` : ''}
`;
}
