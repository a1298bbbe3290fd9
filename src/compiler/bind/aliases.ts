/** Names that other libraries use for parameters that have another name in Weft, so that a message can give the right one. */
// Tested by test/diagnostics/cases.test.ts.

const aliases: { readonly [name: string]: readonly string[] } = {
  axes: ['axis'],
  batch_size: ['batch'],
  bs: ['batch'],
  ch: ['channels'],
  chunks: ['parts'],
  channels: ['out', 'width'],
  checkpoint_every: ['checkpoint'],
  dim: ['axis', 'width'],
  dims: ['axis', 'width'],
  dropout: ['drop'],
  embed_dim: ['width'],
  ema_decay: ['ema'],
  end: ['to'],
  epsilon: ['eps'],
  features: ['out', 'width'],
  hidden_dim: ['hidden', 'width'],
  hidden_size: ['width', 'hidden'],
  in_channels: ['channels'],
  initializer: ['init'],
  initialiser: ['init'],
  keep_dims: ['keep'],
  keepdim: ['keep'],
  keepdims: ['keep'],
  kernel_size: ['kernel'],
  layers: ['depth'],
  learning_rate: ['rate'],
  length: ['count'],
  lr: ['rate'],
  max_steps: ['steps'],
  n: ['count', 'parts'],
  n_classes: ['classes'],
  n_heads: ['heads'],
  n_layers: ['depth'],
  num_classes: ['classes'],
  num_groups: ['groups'],
  num_heads: ['heads'],
  num_inference_steps: ['steps'],
  num_layers: ['depth'],
  num_steps: ['steps'],
  out_channels: ['out', 'channels'],
  out_features: ['out'],
  output: ['out'],
  pad: ['padding'],
  patch_size: ['patch'],
  scale_factor: ['factor'],
  sections: ['parts'],
  size: ['count', 'shape'],
  start: ['from'],
  strides: ['stride'],
  trainable: ['trained'],
  vocab: ['vocabulary'],
  vocab_size: ['vocabulary'],
  warmup_steps: ['warmup'],
  wd: ['decay'],
  weight_decay: ['decay'],
};

/** The parameter of `known` that other libraries call `name`; null if there is none. */
export function aliasOf(name: string, known: readonly string[]): string | null {
  const own = Object.hasOwn(aliases, name.toLowerCase()) ? aliases[name.toLowerCase()] : [];
  return own.find((n) => known.includes(n)) ?? null;
}

const rate = 'It is an argument of the optimizer: optimizer = adamw(rate: 1e-4).';
const beginning = 'Weights to start from are named by from = "weights.safetensors".';
const files = 'It is part of the format: format = onnx(opset: 23, precision: fp16).';
const drawing = 'How a model is sampled is said in `sample name of Model { … }`.';

/** Advice for settings that other tools have, or that are written in another place in Weft. */
const advice: { readonly [section: string]: { readonly [setting: string]: string } } = {
  train: {
    augment: 'Images are mirrored by the data: data = folder("…", flip: true).',
    betas: 'They are an argument of the optimizer: optimizer = adamw(rate: 1e-4, betas: (0.9, 0.999)).',
    dropout: 'It stands in the model: dropout(x, 0.1). Conditions are left out by drop = label(0.1).',
    epochs: 'The length of a run is counted in steps: steps = epochs · images / batch.',
    eps: 'It is an argument of the optimizer: optimizer = adamw(rate: 1e-4, eps: 1e-8).',
    flip: 'It is an argument of the data: data = folder("…", flip: true).',
    grad_clip: 'Gradients are clipped by clip = norm(1.0).',
    gradient_clip: 'Gradients are clipped by clip = norm(1.0).',
    guidance: drawing,
    init: beginning,
    learning_rate: rate,
    log: "Every step is a line of metrics.jsonl in the run's folder, and in its tensorboard/ an event.",
    loss: 'What is learnt is said by objective = rectified_flow(time: logit_normal(0, 1)).',
    lr: rate,
    lr_scheduler: 'The rate is multiplied by schedule = cosine(end: 0.1), and rises over `warmup` steps.',
    max_grad_norm: 'Gradients are clipped by clip = norm(1.0).',
    pretrained: beginning,
    rate,
    scheduler: 'The rate is multiplied by schedule = cosine(end: 0.1), and rises over `warmup` steps.',
    solver: drawing,
    wd: 'It is an argument of the optimizer: optimizer = adamw(rate: 1e-4, decay: 0.1).',
    weight_decay: 'It is an argument of the optimizer: optimizer = adamw(rate: 1e-4, decay: 0.1).',
  },
  sample: {
    cfg: 'Guidance is a setting: guidance = cfg(3.0).',
    scale: 'It is part of the guidance: guidance = cfg(3.0).',
    shift: 'It is an argument of the solver: solver = euler(steps: 50, shift: 2).',
    steps: 'It is an argument of the solver: solver = euler(steps: 50).',
  },
  export: { opset: files, precision: files },
};

/** How to write what an unknown setting is meant to do; null if there is no advice for it. */
export function adviceOn(section: string, setting: string): string | null {
  const own = Object.hasOwn(advice, section) ? advice[section] : {};
  return Object.hasOwn(own, setting) ? own[setting] : null;
}

const squares = 'The mean square of a difference is mean(square(a - b), axis: all).';
const axes = 'Axes are moved, split and joined by rearrange(x, "h w c -> c (h w)").';
const stopped = 'stop(x) keeps gradients from flowing through x.';
const between = 'A number is kept between two others by min(max(x, low), high).';

/** How to write what other libraries have a word for. */
const otherWords: { readonly [name: string]: string } = {
  cat: 'Tensors are joined by concat(a, b, axis: 0).',
  clamp: between,
  clip: between,
  detach: stopped,
  flatten: axes,
  mse: squares,
  mse_loss: squares,
  norm: 'The length of a tensor is sqrt(sum(square(x), axis: all)).',
  permute: axes,
  pow: 'A power is written `x ^ 2`.',
  rand: 'A number between 0 and 1 for each image is uniform(0, 1).',
  randn: 'Noise in the shape of x is normal(like: x).',
  randn_like: 'Noise in the shape of x is normal(like: x).',
  reshape: axes,
  stop_gradient: stopped,
  transpose: axes,
  view: axes,
};

const asked = 'A solver asks velocity(noisy, t), with t from 0 at the noise to 1 at the data.';
const rateOfStep = 'The learning rate of the step is the parameter `rate`.';

/** The same of names that mean something in one kind of declaration only. */
const otherNames: { readonly [kind: string]: { readonly [name: string]: string } } = {
  objective: { x: 'The clean image is `image`.', x0: 'The clean image is `image`.' },
  optimizer: {
    g: 'The gradient of the weight is `gradient`.',
    grad: 'The gradient of the weight is `gradient`.',
    lr: rateOfStep,
    p: 'The weight before the step is `weight`.',
    param: 'The weight before the step is `weight`.',
  },
  solver: { model: asked, x: 'The images before the step are `noisy`.' },
  guidance: {
    cond: 'The velocity with all conditions is branch().',
    model: 'The velocity with all conditions is branch(), without them branch(none).',
    uncond: 'The velocity without conditions is branch(none).',
  },
};

/** How to write what an unknown name is meant to be in a declaration of this kind; null if there is no advice for it. */
export function adviceOnName(name: string, kind = ''): string | null {
  const own = Object.hasOwn(otherNames, kind) ? otherNames[kind] : {};
  if (Object.hasOwn(own, name)) return own[name];
  return Object.hasOwn(otherWords, name) ? otherWords[name] : null;
}
