/** Hints of requirements name values with which the whole condition holds, or say nothing. */
import { expect, it } from '@jest/globals';
import { check } from '../../diagnostics/check';

const standard = 'size: Size = 8x8, k: Int = 6, h: Int = 4, c: Bool = true, f: Float = 0.5, r: Ratio = 3:1';

function hint(condition: string): string {
  const text = `model M(${standard}) {
  input noisy: image(size)
  input time: time(noise: 0, data: 1)
  require ${condition}
  output velocity: image(size) = noisy * time
}`;
  const [first] = check('case.weft', { 'case.weft': text });
  expect(first?.code).toBe('require-failed');
  return first.hint ?? '';
}

it.each([
  ['k % h == 0', 'Values of h that divide k = 6: 1, 2, 3, 6.'],
  ['k % h == 0 and h > 1', 'Values of h that divide k = 6: 2, 3, 6.'],
  ['16 % r.left == 0', 'Values of r.left that divide 16: 1, 2, 4, 8, 16.'],
  ['k % 4 == 0', 'It holds for k = 4 or 8.'],
  ['k % 2 == 1', 'It holds for k = 5 or 7.'],
  ['k > 2 and k < 5', 'It holds for k = 4.'],
  ['h == 2 or h == 8', 'It holds for h = 2 or 8.'],
  ['k * k == 49', 'It holds for k = 7.'],
  ['h - k > 0', 'It holds for h = 7, or for k = 3.'],
  ['min(k, 3) == k', 'It holds for k = 3.'],
  ['not c', 'It holds for c = false.'],
  ['size.height > 8', 'It holds for size = 9x8.'],
  ['size.height % 3 == 0 and size.width % 3 == 0', 'It holds for size = 9x9.'],
  ['size == 12x10', 'It holds for size = 12x10.'],
  ['k > 10000', ''],
  ['f > 1', ''],
  ['noisy.width == 9', ''],
  ['noisy.width % 3 == 0', ''],
  ['k / (k - 5) == 0', 'It holds for k = 0.'],
])('%s: %s', (condition, expected) => {
  expect(hint(condition)).toBe(expected);
});

it('gives up where trying would take long', () => {
  const start = process.cpuUsage();
  expect(hint(Array.from({ length: 120 }, () => 'k == 7').join(' and ') + ' and h == 9')).toBe('');
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(3);
});
