/** What comparisons give is a number, 0 or 1, wherever numbers are wanted, and true or false for `and`, `or` and `not`. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import type { Spec } from '../../../src/compiler/compile';
import { evaluate } from '../../../src/compiler/ir/evaluate';
import { denoise } from '../../../src/compiler/programs/denoise';
import { verify } from '../../../src/compiler/ir/verify';
import { costsOf } from '../../../src/compiler/report/costs';
import { memoryOf } from '../../../src/compiler/report/memory';
import { words } from '../../../src/compiler/lower/words/index';

const numbers = [-1, 0, 2, 3];
/** The line of the first expression in a spec of `specOf`. */
const firstLine = 10;

function specOf(...expressions: readonly string[]): Spec {
  const text = `
block Same(x: [...]) { x }
model M(n: Int = 4) {
  input noisy: [4]
  input label: class(3)
  input toks: tokens(9, 4)
  input m: mask(4)
  let b = noisy > 0
  let _used = (label, toks, m, b)
${expressions.map((e, i) => `  output ${i === 0 ? 'velocity' : `o${i}`} = ${e}${expressions.length > 1 ? ` @u${i}` : ''}`).join('\n')}
}`;
  return checkFile('case.weft', (path) => (path === 'case.weft' ? text : null));
}

/** The output for the numbers above, of one image. */
function valueOf(expression: string): number[] {
  const { model, diagnostics } = specOf(expression).elaborate('M');
  if (!model) throw new Error(diagnostics.map((d) => d.message).join('\n'));
  const inputs = Object.fromEntries(
    model.inputs.map(({ name, value }) => {
      const shape = value.shape.map((d) => (typeof d === 'number' ? d : 1));
      const data = name === 'noisy' ? numbers : numbers.slice(0, shape[1] ?? 1).map(() => 0);
      return [name, { shape, data: Float64Array.from(data) }];
    }),
  );
  const variables = Object.fromEntries(
    model.weights.map(({ leaf }) => [
      leaf.name,
      leaf.init.kind === 'table' ? leaf.init.data : { shape: [], data: new Float64Array() },
    ]),
  );
  const { outputs } = evaluate(denoise(model), { inputs, variables });
  expect(model.outputs.velocity.dtype).toBe('f32');
  return [...outputs.velocity.data];
}

it.each<[string, number[]]>([
  ['b', [0, 0, 1, 1]],
  ['noisy * b', [0, 0, 2, 3]],
  ['noisy * (noisy > 2)', [0, 0, 0, 3]],
  ['b + 1', [1, 1, 2, 2]],
  ['1 - b', [1, 1, 0, 0]],
  ['b / 2', [0, 0, 0.5, 0.5]],
  ['2 ^ b', [1, 1, 2, 2]],
  ['-b', [-0, -0, -1, -1]],
  ['not b', [1, 1, 0, 0]],
  ['b == b', [1, 1, 1, 1]],
  ['b == 1', [0, 0, 1, 1]],
  ['noisy != 0', [1, 0, 1, 1]],
  ['b < 1', [1, 1, 0, 0]],
  ['b and noisy < 3', [0, 0, 1, 0]],
  ['b or noisy < 0', [1, 0, 1, 1]],
  ['b and true', [0, 0, 1, 1]],
  ['false or b', [0, 0, 1, 1]],
  ['relu(b)', [0, 0, 1, 1]],
  ['square(b)', [0, 0, 1, 1]],
  ['identity(b)', [0, 0, 1, 1]],
  ['min(b, 1)', [0, 0, 1, 1]],
  ['max(b)', [1]],
  ['sum(b)', [2]],
  ['mean(b)', [0.5]],
  ['concat(b, noisy)', [0, 0, 1, 1, -1, 0, 2, 3]],
  ['concat(noisy, b)', [-1, 0, 2, 3, 0, 0, 1, 1]],
  ['stack(b, noisy)', [0, -1, 0, 0, 1, 2, 1, 3]],
  ['stack(mean(noisy), 1, 2)', [1, 1, 2]],
  ['slice(b, 1, 2)', [0, 1]],
  ['split(b, 2)[1]', [1, 1]],
  ['rearrange(b, "(a c) -> c a", c: 2)', [0, 1, 0, 1]],
  ['broadcast(b, [2, 4])', [0, 0, 1, 1, 0, 0, 1, 1]],
  ['Same(b)', [0, 0, 1, 1]],
  ['b |> x => x', [0, 0, 1, 1]],
  ['sum(range(4) > 1) * noisy', [-2, 0, 4, 6]],
  ['fixed(range(4) > 2) * noisy', [0, 0, 0, 3]],
])('computes %s', (expression, expected) => {
  // A negated zero counts as a zero here.
  expect(valueOf(expression).map((x) => x + 0)).toEqual(expected.map((x) => x + 0));
});

it.each([
  ['noisy and b', 'noisy and b'],
  ['b or 1', 'b or 1'],
  ['not noisy', 'not noisy'],
  ['noisy % b', 'noisy % b'],
  ['b : 2', 'b : 2'],
  ['label + 1', 'label + 1'],
  ['toks == 1', 'toks == 1'],
  ['label', 'label'],
  ['toks', 'toks'],
  ['if b { noisy } else { noisy }', 'b'],
  ['lookup(toks, b)', 'b'],
  ['lookup(b, noisy)', 'b'],
  ['embed(b, 4)', 'b'],
  ['relu(toks)', 'toks'],
  ['repeat(b) relu', 'repeat(b) relu'],
])('reports %s at its place', (expression, place) => {
  const [first] = specOf(expression).diagnostics.filter((d) => d.severity === 'error');
  expect(first && first.span.source.text.slice(first.span.start, first.span.end)).toBe(place);
});

const values = ['noisy', 'b', 'label', 'toks', '2', '(b, noisy)', 'none'];
const operators = ['+', '-', '*', '/', '^', '%', '<', '<=', '>', '>=', '==', '!=', 'and', 'or', ':'];

/** Every word with every value for its arguments, and every operator with two values, by word or operator. */
const uses: readonly [what: string, uses: readonly string[]][] = [
  ...[...words].map(([name]): [string, string[]] => [
    name,
    values.flatMap((v) => [`${name}(${v})`, ...values.map((w) => `${name}(${v}, ${w})`)]),
  ]),
  ...operators.map((operator): [string, string[]] => [
    operator,
    values.flatMap((v) => values.map((w) => `(${v}) ${operator} (${w})`)),
  ]),
  ['one operand', values.flatMap((v) => [`-(${v})`, `not (${v})`, `(${v}).width`, `(${v})[0]`, `(${v})(noisy)`])],
];

it.each(uses)('answers every use of %s without an internal error', (_, all) => {
  let left = [...all];
  // A hundred errors of a file are told at a time.
  while (left.length > 0) {
    const errors = specOf(...left).diagnostics.filter((d) => d.severity === 'error');
    if (errors.length === 0) break;
    const lines = new Set(errors.map((d) => d.span.source.position(d.span.start).line));
    const fewer = left.filter((_use, i) => !lines.has(firstLine + i));
    if (fewer.length === left.length) throw new Error(errors[0].message);
    left = fewer;
  }
  if (left.length === 0) return;
  const { model } = specOf(...left).elaborate('M');
  if (!model) throw new Error('it was sound before');
  expect(verify(denoise(model))).toEqual([]);
  costsOf(model);
  memoryOf(model, { batch: 1 });
});
