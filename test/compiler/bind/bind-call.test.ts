import { expect, it } from '@jest/globals';
import { check } from '../../diagnostics/check';

/** `code text` of every error in a spec. */
function found(text: string): string[] {
  return check('case.weft', { 'case.weft': text }).flatMap((d) =>
    d.severity === 'error' ? [`${d.code} ${d.span.source.text.slice(d.span.start, d.span.end)}`] : [],
  );
}

const head = 'input noisy: image(4x4) input time: scalar';

/** A model whose velocity is an expression of noisy [3, 4, 4]. */
const model = (e: string): string => `model M() { ${head} output velocity = noisy * time + mean(mean(mean(${e}))) }`;
const inBlock = (e: string): string =>
  `block Double(x: [n, d], by: Int = 2) -> [n, d] { return x * by } block B(y: [n, d]) -> [n, d] { return ${e} } ${model('noisy')}`;
const input = (type: string): string =>
  `model M() { input noisy: image(4x4) input x: ${type} output velocity = noisy }`;
const train = (setting: string, others = ''): string => `${model('noisy')}
train t of M { data = mnist() objective = rectified_flow(time: uniform()) ${setting} batch = 4 steps = 10 ${others} }`;
const adamw = 'optimizer = adamw(rate: 1e-3)';

it.each([
  // Words of the language.
  [model('linear(noisy, 8, out: 4)'), 'duplicate-argument out'],
  [model('linear(noisy, 8, bias: true, bias: false)'), 'duplicate-argument bias'],
  [model('linear(noisy, 8, true, zero, 5)'), 'unexpected-argument 5'],
  [model('linear(noisy, widht: 8)'), 'unexpected-argument widht'],
  [model('linear(noisy)'), 'missing-argument linear(noisy)'],
  [model('noisy |> linear(noisy, 8, true, zero, 5)'), 'unexpected-argument zero'],
  [model('noisy |> softmax(noisy)'), 'unexpected-argument noisy'],
  [model('concat(noisy, noisy, dim: 0)'), 'unexpected-argument dim'],
  [model('concat(noisy, noisy, axis: 0, axis: 1)'), 'duplicate-argument axis'],
  [model('concat(axis: 0)'), 'missing-argument concat(axis: 0)'],
  [model('stack(noisy, noisy, axis: 0)'), 'unexpected-argument axis'],
  [model('rearrange(noisy, "c h (w v) -> c h w v", v: 2, v: 2)'), 'duplicate-argument v'],
  [model('rearrange(noisy, "c h w -> c w h", noisy)'), 'unexpected-argument noisy'],
  [model('linear(noisy, 4, init: normal(0.1, 0.2))'), 'unexpected-argument 0.2'],
  [model('linear(noisy, 4, init: zero(1))'), 'unexpected-argument 1'],
  // Blocks, also those that no model uses, and words in them.
  [inBlock('Double(y, 3, by: 4)'), 'duplicate-argument by'],
  [inBlock('Double(y, 3, 4)'), 'unexpected-argument 4'],
  [inBlock('Double(y, times: 3)'), 'unexpected-argument times'],
  [inBlock('y |> Double(x: y)'), 'duplicate-argument x'],
  [inBlock('Double()'), 'missing-argument Double()'],
  [inBlock('linear(y, d, out: d)'), 'duplicate-argument out'],
  // Functions.
  [model('((a, b) => a + b)(noisy, c: noisy)'), 'unexpected-argument c'],
  [model('((a, b) => a + b)(noisy)'), 'missing-argument ((a, b) => a + b)(noisy)'],
  [model('(a => a)(noisy, noisy)'), 'unexpected-argument noisy'],
  // Types of inputs, outputs and parameters.
  [input('image(4x4, 3, 4, foo: 7)'), 'unexpected-argument foo'],
  [input('image(4x4, size: 8x8)'), 'duplicate-argument size'],
  [input('image(channels: 3)'), 'missing-argument image(channels: 3)'],
  [input('image(4x4, chanels: 1)'), 'unexpected-argument chanels'],
  [input('class(3, 4, 5)'), 'unexpected-argument 4'],
  [input('class()'), 'missing-argument class()'],
  [input('scalar(5)'), 'unexpected-argument 5'],
  [input('text(widht: 4)'), 'unexpected-argument widht'],
  [input('text(12)'), 'missing-argument text(12)'],
  [input('tokens(10, 4, 4, 4)'), 'unexpected-argument 4'],
  [input('mask(width: 4)'), 'unexpected-argument width'],
  [`model M() { ${head} output velocity: image(4x4, foo: 1) = noisy * time }`, 'unexpected-argument foo'],
  [`model M() { ${head} output velocity: imge(4x4) = noisy * time }`, 'unknown-type imge(4x4)'],
  [`model M(depth: Int(3) = 2) { ${head} output velocity = noisy * time * depth }`, 'unexpected-argument 3'],
  // Models.
  [`${model('noisy')} model N = M(widht: 4)`, 'unknown-hyperparameter widht'],
  [
    `model M(a: Int = 1) { ${head} output velocity = noisy * time * a } model N = M(a: 1, a: 2)`,
    'duplicate-argument a',
  ],
  [`model M(a: Int = 1) { ${head} output velocity = noisy * time * a } model N = M(3)`, 'unnamed-hyperparameter 3'],
  // Settings and their calls.
  [train('optimizer = adamw(1e-3, rate: 5)'), 'duplicate-argument rate'],
  [train('optimizer = adamw(rate: 1, rate: 2)'), 'duplicate-argument rate'],
  [train('optimizer = adamw(1e-3, (0.9, 0.999), 0, 1e-8, 5)'), 'unexpected-argument 5'],
  [train('optimizer = adamw(lr: 1e-3)'), 'unexpected-argument lr'],
  [train('optimizer = adamw()'), 'missing-argument adamw()'],
  [train(adamw, 'optimizr = 3'), 'unknown-setting optimizr'],
  [train(adamw, 'batch = 8'), 'duplicate-setting batch'],
  [train(adamw, 'phase at 5 { optimizer.rate = 1 optimizer.rate = 2 }'), 'duplicate-setting optimizer.rate = 2'],
  [train(adamw, 'phase at 5 { warmup = 9 }'), 'phase-setting warmup = 9'],
  [train(''), 'missing-setting t'],
  [`${model('noisy')}\nsample s of M { solver = euler(4, 1, 0.1, true, 2) }`, 'unexpected-argument 2'],
  [`${model('noisy')}\nexport e of M { format = onnx(opset: 17, level: 3) }`, 'unexpected-argument level'],
])('%#: %s', (text, expected) => {
  expect(found(text)).toContain(expected);
});

it.each([
  ['concat(noisy, noisy, dim: 0)', 'axis'],
  ['linear(noisy, out_features: 4)', 'out'],
  ['conv2d(noisy, 4, kernel_size: 3)', 'kernel'],
  ['mean(noisy, keepdim: true)', 'keep'],
  ['rms_norm(noisy, epsilon: 1e-6)', 'eps'],
])('says what %s calls %s here', (call, name) => {
  const [d] = check('case.weft', { 'case.weft': model(call) }).filter((x) => x.code === 'unexpected-argument');
  expect(d.hint).toBe(`It is called \`${name}\` here.`);
});

it('lets an axis of a pattern have the name of a parameter that is given by position', () => {
  expect(found(model('mean(rearrange(noisy, "c (x y) w -> c x y w", x: 2))'))).toEqual([]);
});

it.each([
  ['scheduler = cosine(warmup: 10)', '`warmup`'],
  ['weight_decay = 0.1', 'decay: 0.1'],
  ['lr = 1e-4', 'adamw(rate: 1e-4)'],
  ['augment = flip', 'flip: true'],
  ['init = "x.safetensors"', 'from = '],
  ['log = tensorboard', 'metrics.jsonl'],
  ['epochs = 3', 'steps = '],
  ['grad_clip = 1', 'clip = norm(1.0)'],
  ['workers = 4', 'It has data, text, objective'],
  ['validation = folder("x")', 'Did you mean validate?'],
])('says what there is in place of %s', (setting, hint) => {
  const found = check('case.weft', { 'case.weft': train(adamw, setting) });
  expect(found.map((d) => [d.code, d.hint])).toEqual([['unknown-setting', expect.stringContaining(hint)]]);
});
