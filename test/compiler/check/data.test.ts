import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';

/** Codes that a recipe is told of, for a model of so many channels. */
function told(channels: number, ...settings: string[]): string[] {
  const text = `model M() {
  input noisy: image(4x4, channels: ${channels})
  input time:  time(noise: 0, data: 1)
  input low:   image(4x4, channels: ${channels})
  output velocity: image(4x4, channels: ${channels}) = (noisy + low) * time
}
train t of M {
  objective = rectified_flow(time: uniform)
  optimizer = adamw(rate: 1e-4)
  batch = 4
  steps = 10
  ${settings.join('\n  ')}
}
`;
  const { diagnostics } = checkFile('t.weft', (path) => (path === 't.weft' ? text : null));
  return diagnostics.filter((d) => d.severity === 'error').map((d) => d.code);
}

it.each(['mnist', 'mnist()', 'folder("pictures")'])('takes 1 or 3 channels from %s', (source) => {
  expect(told(5, `data = ${source}`)).toContain('data-channels');
  expect(told(3, `data = ${source}`)).not.toContain('data-channels');
  expect(told(1, `data = ${source}`)).not.toContain('data-channels');
});

it('takes any number from latents, and says nothing more of a source that is none', () => {
  expect(told(5, 'data = latents("x")')).not.toContain('data-channels');
  expect(told(5, 'data = minst()')).not.toContain('data-channels');
});

it.each([
  ['mnist', true],
  ['mnist()', true],
  ['latents("x")', true],
  ['folder("pictures")', false],
  ['foldr("pictures")', false],
])('pairs pictures with data = %s: refused is %s', (source, refused) => {
  expect(told(3, `data = ${source}`, 'given low = folder("others")').includes('paired-data')).toBe(refused);
});
