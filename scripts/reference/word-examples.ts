/** An expression for every word, in which `x` is [64, 8], `image` [4, 8, 8], `text` [6, 8], `mask` [6], `ids` tokens, `label` a class. */
export const wordExamples: { readonly [word: string]: string } = {
  Size: 'Size(8, 8) / 2',
  abs: 'abs(x)',
  all: 'mean(x, axis: all)',
  ceil: 'ceil(7 / 2)',
  cos: 'cos(x)',
  exp: 'exp(x)',
  fan_in: 'linear(x, 16, init: fan_in)',
  floor: 'floor(7 / 2)',
  gelu: 'gelu(x)',
  gelu_tanh: 'gelu_tanh(x)',
  identity: 'identity(x)',
  levels: 'levels(slice(image, 0, 3, axis: 0), to: "imagenet")',
  linspace: 'linspace(0, 1, 5)',
  log: 'log(abs(x) + 1)',
  none: 'attend(q, q, q, mask: none)',
  normal: 'param([8], init: normal(0.02))',
  one: 'param([8], init: one)',
  range: 'range(8)',
  relu: 'relu(x)',
  round: 'round(7 / 2)',
  sigmoid: 'sigmoid(x)',
  recomputed: 'recomputed(v => linear(v, 8))',
  shared: 'shared(v => linear(v, 8))',
  sign: 'sign(x)',
  silu: 'silu(x)',
  sin: 'sin(x)',
  sqrt: 'sqrt(abs(x))',
  stop: 'stop(x)',
  square: 'square(x)',
  tanh: 'tanh(x)',
  window: 'window(Size(4, 4), 4:1)',
  xavier: 'linear(x, 16, init: xavier)',
  zero: 'linear(x, 16, init: zero)',
  broadcast: 'broadcast(range(8), [64, 8])',
  concat: 'concat(x, x)',
  rearrange: 'rearrange(x, "n (h e) -> h n e", h: 2)',
  slice: 'slice(x, 0, 4)',
  split: 'split(x, 2)',
  stack: 'stack(x, x)',
  embed: 'embed(label, 16)',
  fixed: 'fixed(range(8))',
  layer_norm: 'layer_norm(x, affine: false)',
  linear: 'linear(x, 16, bias: false)',
  param: 'param([64, 8], init: normal(0.02))',
  rms_norm: 'rms_norm(x)',
  attend: 'attend(q, q, q, causal: true)',
  matmul: 'matmul(x, rearrange(x, "n d -> d n"))',
  mean: 'mean(x, axis: 0)',
  qr: 'qr(x)',
  rope: 'rope(q, broadcast(range(2), [64, 2]))',
  softmax: 'softmax(x)',
  sum: 'sum(x, keep: true)',
  cast: 'cast(rearrange(x > 0, "n d -> d n"), "Bool")',
  argmax: 'argmax(x)',
  cumsum: 'cumsum(x, axis: 0)',
  gather: 'gather(x, range(4) * 2, axis: 0)',
  max: 'max(x, 0)',
  min: 'min(x, axis: 0)',
  one_hot: 'one_hot(argmax(x), 8)',
  scatter_add: 'scatter_add(x, range(64) / 4, 16, axis: 0)',
  sort: 'sort(x, descending: true)',
  top_k: 'top_k(softmax(x), 2)',
  where: 'where(x > 0, x, 0)',
  drop_path: 'x + drop_path(linear(x, 8), 0.1)',
  dropout: 'dropout(x, 0.1)',
  noise: 'x + 0.1 * noise(like: x)',
  lookup: 'lookup(ids, param([100, 16]) @table)',
  average_pool: 'average_pool(image)',
  conv2d_transpose: 'conv2d_transpose(image, 8)',
  max_pool: 'max_pool(image, 3, stride: 2)',
  pad: 'pad(x, 1, axis: 0)',
  conv2d: 'conv2d(image, 16, stride: 2)',
  fft: 'fft(image, axis: 1)',
  ifft: 'ifft(x, 0 * x)',
  spectrum: 'spectrum(image, axes: 2)',
  group_norm: 'group_norm(image, groups: 2)',
  resample: 'resample(image, 6x12, by: "area")',
  upsample: 'upsample(image)',
};

/** A declaration for every type of input. */
export const inputExamples: { readonly [type: string]: string } = {
  image: 'input noisy: image(32x32, channels: 3)',
  scalar: 'input time: scalar',
  time: 'input time: time(noise: 1000, data: 0)',
  class: 'input label: class(1000)',
  text: 'input text: text(length: 32, width: 384)',
  tokens: 'input ids: tokens(30522, longest: 128)',
  mask: 'input mask: mask(length: 32)',
};

export const outputExamples: { readonly [type: string]: string } = {
  image: 'output pred: image(size, channels: 4, predicts: noise)',
  scalar: 'output score: scalar',
};

/** The spec in which the example of a word is checked. */
export function wordExampleSpec(example: string): string {
  return `model Example(size: Size = 8x8) {
  input image: image(size, channels: 4)
  input label: class(10)
  input text:  text(length: 6, width: 8)
  input mask:  mask(length: 6)
  input ids:   tokens(100, length: 6)
  let x = linear(rearrange(image, "c h w -> (h w) c"), 8)
  let q = rearrange(x, "n (h e) -> h n e", h: 2)
  let example = ${example}
  output velocity: image(size, channels: 4) = image
}
`;
}
