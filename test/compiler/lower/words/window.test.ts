/** Hints of `window`: the few ratios nearest to what was asked for, of however many there are. */
import { expect, it } from '@jest/globals';
import { check } from '../../../diagnostics/check';

function hintOf(patch: string, ratio: string): string | null {
  const text = `model M() {
  input noisy: image(8x8)
  input time: scalar
  let _w = window(${patch}, ${ratio})
  output velocity: image(8x8) = noisy * time
}`;
  const [d] = check('case.weft', { 'case.weft': text });
  expect(d.code).toBe('ratio-not-divisor');
  return d.hint;
}

it('tells the ratios nearest to the one that is asked for, and how many others there are', () => {
  // 720² = 2⁸·3⁴·5² has 9·5·3 = 135 divisors.
  expect(hintOf('720x720', '7:1')).toBe(
    'Ratios that divide it: 3:1, 4:1, 5:1, 6:1, 8:1, 9:1, 10:1, 12:1, 15:1, 16:1, 18:1, 20:1, and 123 others.',
  );
});

it('tells no divisors of a number that is too large to be held exactly', () => {
  expect(hintOf('1000000007x1000000009', '3:1')).toBeNull();
});
