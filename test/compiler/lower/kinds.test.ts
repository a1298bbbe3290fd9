/** What words and operators say of values of the wrong kind, and what equality is. */
import { expect, it } from '@jest/globals';
import { check } from '../../diagnostics/check';

/** What is said of `expression`: code, message and hint of the first diagnostic. */
function said(expression: string): readonly string[] {
  const text = `block F(x: [...]) { x }
block G(x: [...]) { x }
block halved(x: [...], t: scalar) -> [] { return 0.5 * t + 0 * mean(x, axis: all) }
model M(k: Int = 2) {
  input noisy: image(8x8)
  input time: time(noise: 0, data: 1)
  input label: class(3)
  input ids: tokens(9, length: 5)
  let x = rearrange(noisy, "c h w -> (h w) c")
  let _used = (x, label, ids, time, F, G, halved)
  let _y = ${expression}
  output velocity: image(8x8) = noisy
}`;
  // What no output reads is told as well.
  return check('case.weft', { 'case.weft': text })
    .filter((d) => d.code !== 'unused-input')
    .slice(0, 1)
    .flatMap((d) => [d.code, d.message, ...(d.hint ? [d.hint] : [])]);
}

const axis = 'a tensor with at least one axis, but this is a tensor [].';
const single = 'in 32 bits, which hold 7 digits, from 1.2e-38 to 3.4e38.';

it.each([
  ['-"a"', 'operator-kinds', '`-` does not apply to the String "a".'],
  ['not 1', 'operator-kinds', '`not` does not apply to the Int 1.'],
  ['x[0]', 'operator-kinds', 'An item of a tensor [64, 3] cannot be taken by the Int 0.'],
  ['linear(time, 4)', 'wrong-kind', `\`x\` of linear should be ${axis}`],
  ['softmax(time)', 'wrong-kind', `\`x\` of softmax should be ${axis}`],
  ['layer_norm(time)', 'wrong-kind', `\`x\` of layer_norm should be ${axis}`],
  ['rms_norm(time)', 'wrong-kind', `\`x\` of rms_norm should be ${axis}`],
  ['linear(ids, 4)', 'wrong-kind', '`x` of linear should be a tensor, but this is tokens [5].'],
  ['linear(label, 4)', 'wrong-kind', '`x` of linear should be a tensor, but this is a class label.'],
  ['linear(x, x)', 'static-needed', '`out` of linear must be known when the model is built, but this is a tensor.'],
  ['linspace(x, 1, 3)', 'wrong-kind', '`from` of linspace should be a number, but this is a tensor [64, 3].'],
  [
    'fixed(x)',
    'wrong-kind',
    '`table` of fixed should be a table that depends on no input and no weight, but this is a tensor [64, 3].',
  ],
  ['embed(ids, 4)', 'label-needed', 'embed looks up a class label, but this is tokens [5].'],
  [
    'lookup(label, param([3, 4]))',
    'wrong-kind',
    '`tokens` of lookup should be tokens, as `input t: tokens(vocabulary)` declares them, but this is a class label.',
  ],
  ['range(1e3)', 'not-an-integer', '`count` of range must be a whole number, but it is the Float 1000.'],
  ['range(4 * 0.5)', 'not-an-integer', '`count` of range must be a whole number, but it is the Float 2.'],
  ['x * 1e39', 'out-of-range', `A number that meets tensors is 1e+39, but must be a finite number ${single}`],
  ['x + 1e-50', 'out-of-range', `A number that meets tensors is 1e-50, but must be a finite number ${single}`],
  [
    'broadcast(1e39, [3])',
    'out-of-range',
    `A number that meets tensors is 1e+39, but must be a finite number ${single}`,
  ],
  ['rms_norm(x, eps: 1e-60)', 'out-of-range', `\`eps\` of rms_norm is 1e-60, but must be above 0 ${single}`],
  ['(x, 1) == (x, 1)', 'operator-kinds', '`==` cannot combine a tuple of 2 with a tuple of 2.'],
  ['zero == zero', 'operator-kinds', '`==` cannot combine an initial distribution with an initial distribution.'],
  ['(a => a) == (a => a)', 'operator-kinds', '`==` cannot combine a function with a function.'],
])('%s is %s: %s', (expression, code, message) => {
  expect(said(expression).slice(0, 2)).toEqual([code, message]);
});

it.each([
  ['mean(time)', 'It is one number for each image; the batch axis is not counted.'],
  ['mean(range(3), axis: 1)', 'Its only axis is 0, or -1 counted from the end; the batch axis is not counted.'],
  ['mean(x, axis: 2)', 'Axes go from 0 to 1, or from -2 to -1 counted from the end; the batch axis is not counted.'],
  ['range(1e3)', 'Write 1000: arithmetic with a point or an exponent gives a Float.'],
  ['range(10 / 2.5)', 'Write `round(…)` around it: arithmetic with a point or an exponent gives a Float.'],
  ['x[0]', 'Tuples and lists have items, by Ints from 0; `slice` takes entries of a tensor.'],
])('hints for %s: %s', (expression, hint) => {
  expect(said(expression)[2]).toBe(hint);
});

it.each(['matmul(x, x)', 'rope(x, range(3))'])('has no hint on broadcasting for %s', (expression) => {
  expect(said(expression)).toHaveLength(2);
});

it.each([
  'F == F',
  'F != G',
  'relu == relu',
  'relu != silu',
  '(1, 2) == (1, 2)',
  '[1, (2, 3)] == [1, (2, 3)]',
  '[1] != [2]',
  '[1] != [1, 1]',
  'none == none',
  'log(1e300) > 690',
  'min(1e300, 2) == 2',
  'round(1e3) == 1000',
])('holds: %s', (condition) => {
  expect(said(`if ${condition} { 1 } else { undefined }`)[0]).toBe('unknown-name');
  expect(said(`range(if ${condition} { 1 } else { 0 })`)).toEqual([]);
});

it.each(['halved(x, time)', 'halved(x, 1)', 'halved(x, k / 2)'])('is a scalar of a block: %s', (expression) => {
  expect(said(expression)).toEqual([]);
});

it.each([
  ['halved(x, x)', 'a tensor [64, 3]'],
  ['halved(x, true)', 'the Bool true'],
  ['halved(x, label)', 'a class label'],
])('is no scalar of a block: %s', (expression, found) => {
  expect(said(expression)[1]).toBe(`\`t\` of halved should be a scalar tensor, but this is ${found}.`);
});
