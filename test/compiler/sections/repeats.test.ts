import { expect, it } from '@jest/globals';
import { check } from '../../diagnostics/check';

const model = `model M(width: Int = 8, heads: Int = 2, wide: Bool = false) {
  input x: image(8x8)
  input time: scalar
  output velocity: image(8x8) = linear(linear(x, if wide { 2 * width } else { width }) @a, 8) @b * (time + heads)
}
`;

function found(study: string): string[] {
  return check('study.weft', { 'study.weft': model + study }).map(
    (d) => `${d.code} ${d.span.source.text.slice(d.span.start, d.span.end)}`,
  );
}

it.each([
  ['ablation a { case "x" = M(width: 16) case "y" = M case "x" = M(width: 32) }', ['repeated-case "x"']],
  ['sweep s of M { width in [8, 16] width in [8] }', ['repeated-axis width']],
  ['sweep s of M { heads = 2 width in [8] heads in [1] }', ['repeated-axis heads']],
  ['ablation a { heads = 2 heads = 4 case "x" = M }', ['duplicate-setting heads']],
  ['sweep s of M { width in [8, 8] }', ['repeated-value 8']],
  ['sweep s of M { width in [8, 2 * 4, 8] }', ['repeated-value 2 * 4', 'repeated-value 8']],
  ['sweep s of M { wide in [true, false, true] }', ['repeated-value true']],
])('refuses what a study says twice: %s', (study, expected) => {
  expect(found(study)).toEqual(expected);
});

it('refuses two studies of one name', () => {
  const text = `${model}ablation a { case "x" = M } ablation a { case "x" = M }`;
  const [{ message }] = check('study.weft', { 'study.weft': text });
  expect(message).toBe('There is already an ablation section `a`.');
});

it.each([
  'ablation a { width = 16 case "x" = M(width: 8) case "X" = M(width: 32) }',
  'sweep s of M { width in [8, 16] heads in [8, 16] }',
  'ablation a { case "x" = M } ablation b { case "x" = M }',
])('has nothing against %s', (study) => {
  expect(found(study)).toEqual([]);
});
