/** `cast`: masks as numbers, numbers as truth values and as whole numbers; decided when the model is built where it can be. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { bindProgram } from '../../../../src/compiler/ir/bind';
import { evaluate } from '../../../../src/compiler/ir/evaluate';
import { withPrecision } from '../../../../src/compiler/programs/precision';
import { disagreements, gradientError, trialOf, valueOf } from '../../../support/word-trial';

const numbers = { x: [-1.6, -0.4, 0, 0.3, 1, 2.7] };

it.each<[expression: string, expected: number[]]>([
  ['cast(x > 0.5, "Float")', [0, 0, 0, 0, 1, 1]],
  ['cast(x, "Float")', numbers.x],
  ['cast(x, "Bool")', [1, 1, 0, 1, 1, 1]],
  ['cast(x, "Bool") and x < 1', [1, 1, 0, 1, 0, 0]],
  ['not cast(x, "Bool")', [0, 0, 1, 0, 0, 0]],
  ['cast(rearrange(x > 0.5, "(a b) -> (b a)", a: 2), "Bool") or x > 2', [0, 0, 0, 1, 0, 1]],
  ['cast(x > 0, "Bool") == cast(x, "Bool")', [0, 0, 1, 1, 1, 1]],
  ['where(cast(x, "Bool"), 1, 7)', [1, 1, 7, 1, 1, 1]],
  // Toward zero, where `floor` goes down and `round` to the nearest.
  ['cast(x, "Int")', [-1, 0, 0, 0, 1, 2]],
  ['cast(x, "Int") / 2', [-0.5, 0, 0, 0, 0.5, 1]],
  ['cast(argmax(x), "Float") / 2', [2.5]],
  ['cast(x > 0.5, "Int") + 0.5', [0.5, 0.5, 0.5, 0.5, 1.5, 1.5]],
  ['gather(x, cast(range(3) * 1.5, "Int"))', [-1.6, -0.4, 0.3]],
  ['x * cast(true, "Int") + cast(false, "Float")', numbers.x],
  ['x * 0 + cast(-2.7, "Int")', [-2, -2, -2, -2, -2, -2]],
  ['if cast(3, "Bool") and not cast(0, "Bool") { x * 0 } else { x }', [0, 0, 0, 0, 0, 0]],
  ['x * 0 + cast(7 / 2, "Float")', [3.5, 3.5, 3.5, 3.5, 3.5, 3.5]],
])('computes %s', (expression, expected) => {
  const { data } = valueOf(trialOf(expression, { x: [6] }, { x: [...numbers.x, ...numbers.x] }));
  // A zero may be negative.
  expect([...data].slice(0, expected.length).map((v) => v + 0)).toEqual(expected);
});

it.each([
  'x * cast(x > z, "Float")',
  'cast(x * z, "Float") * x',
  'cast(x, "Int") * z + x',
  'where(cast(x > 0.2, "Bool") or z > 0, x, z)',
  'x * cast(sum(cast(x > 0, "Int"), keep: true) > 2, "Float")',
])('%s has its gradient, and is the same on every backend', async (expression) => {
  const trial = trialOf(expression, { x: [4, 3, 5], z: [5] });
  // Products of two numbers below 4.
  expect(gradientError(trial)).toBeLessThan(1e-7);
  expect(await disagreements(trial)).toEqual([]);
});

it('counts and compares in single precision, where products have half', () => {
  // 300 ones are more than bf16 can count, and 257 is a number that it does not have.
  const count = 'sum(cast(cast(matmul(cast(x > -9, "Float"), 0 * x + 1), "Bool"), "Int"), axis: -1)';
  const { program, inputs, variables } = trialOf(`cast(${count} * 257 / 300, "Int")`, { x: [300, 300] });
  const bound = bindProgram(program, { batch: 2 });
  const [y] = withPrecision([bound.outputs.y], 'bf16');
  expect(new Set(evaluate({ ...bound, outputs: { y } }, { inputs, variables }).outputs.y.data)).toEqual(new Set([257]));
});

it.each([
  ['cast(x, "float")', '`to` of cast should be "Float", "Int" or "Bool", but this is the String "float"'],
  ['cast(x, 2)', '`to` of cast should be "Float", "Int" or "Bool"'],
  ['cast(label, "Float")', '`x` of cast should be numbers, or true and false, but this is a class label'],
  ['cast(linear, "Float")', '`x` of cast should be numbers, or true and false'],
  ['cast(x)', '`to`'],
  ['x and cast(x, "Float")', 'and'],
])('says what is wrong with %s', (expression, message) => {
  const text = `model M() {\n  input x: [6]\n  input label: class(3)\n  output y: [...] = ${expression}\n}\n`;
  const { diagnostics } = checkFile('m.weft', () => text, { elaborateModels: false }).elaborate('M', {});
  const [first] = [...checkFile('m.weft', () => text).diagnostics, ...diagnostics].filter(
    (d) => d.severity === 'error',
  );
  expect(first?.message ?? 'nothing').toContain(message);
});
