import { expect, it } from '@jest/globals';
import { checkConditions, readConditions } from '../../src/sample/given';
import { compiledText } from '../support/compile';

const open = compiledText(`model M(n: Int = 1) {
  input noisy: image(8x8)
  input time: time(noise: 0, data: 1)
  input real: mask
  output velocity: image(8x8) = noisy * time
}`);

it('refuses a condition whose length nothing says', async () => {
  expect(() => checkConditions(open, {})).toThrow('is of any length');
  await expect(readConditions(open, { text_mask: { values: ['1'] } })).rejects.toThrow('is of any length');
});
