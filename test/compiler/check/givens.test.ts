/** What `check` proposes for conditions that a recipe does not feed is what a recipe can say. */
import { expect, it } from '@jest/globals';
import { check } from '../../diagnostics/check';

function spec(inputs: string, uses: string, given = ''): string {
  return `model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
${inputs}  output velocity: image(8) = noisy * time + ${uses}
}
train a of M {
  data      = mnist()
${given}  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  batch     = 4
  steps     = 10
}
`;
}

it.each([
  ['  input low: image(2)\n', 'upsample(low, 4)', ['given low = downsample(image, 4)']],
  ['  input low: [3, 4, 4]\n', 'upsample(low, 2)', ['given low = downsample(image, 2)']],
  [
    '  input known: image(8)\n  input hole: image(8, channels: 1)\n',
    'known * hole',
    ['given hole = random_mask(min: 0.1, max: 0.5)', 'given known = image * (1 - hole)'],
  ],
  ['  input rough: image(8)\n', 'rough', ['given rough = image + normal(0, 1, [3, 8, 8])']],
  ['  input strength: scalar\n', 'strength', ['given strength = uniform(0, 1)']],
  ['  input strength: [1]\n', 'mean(strength)', ['given strength = uniform(0, 1)']],
  ['  input style: [5]\n', 'mean(style)', ['given style = normal(0, 1, [5])']],
] as const)('proposes for %j what then passes', (inputs, uses, lines) => {
  const [missing, ...others] = check('case.weft', { 'case.weft': spec(inputs, uses) }).filter(
    (d) => d.severity === 'error',
  );
  expect([missing.code, others]).toEqual(['given-missing', []]);
  expect(missing.hint).toBe(`For instance: ${lines.map((l) => `\`${l}\``).join(' and ')}.`);
  const fed = spec(inputs, uses, lines.map((l) => `  ${l}\n`).join(''));
  expect(check('case.weft', { 'case.weft': fed }).filter((d) => d.severity === 'error')).toEqual([]);
});
