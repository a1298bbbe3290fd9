import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { resizeImages, resizeRules, type ResizeRule } from '../../src/data/resize';
import { patterned } from '../support/patterned';

interface Case extends Record<ResizeRule, readonly number[]> {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/** By PyTorch, torch-fidelity and clean-fid; scripts/fixtures/resize.py. */
const cases = JSON.parse(readFileSync(new URL('resize.json', import.meta.url), 'utf8')) as Case[];

const rules = Object.keys(resizeRules) as ResizeRule[];

it.each(cases.flatMap((one) => rules.map((rule) => [rule, one.from, one.to, one] as const)))(
  'gives the levels of %s for %j brought to %j',
  (rule, from, to, one) => {
    const shape = [1, 1, ...from];
    const levels = patterned('resize/picture', from).data.map((x: number) =>
      Math.max(0, Math.min(255, Math.floor((x + 1) * 140))),
    );
    const data = Float32Array.from(levels, (x) => x / 127.5 - 1);
    const found = resizeImages({ shape, dtype: 'f32', data }, to[0], to[1], rule);
    expect(found.shape).toEqual([1, 1, ...to]);
    // The programs compute places and levels in float32, and the file has seven digits: 2e-4 is a millionth of the range.
    found.data.forEach((x, i) => expect(Math.abs((x + 1) * 127.5 - one[rule][i])).toBeLessThan(2e-4));
  },
);

it('leaves an image of the size as it is', () => {
  const image = patterned('image', [2, 3, 4, 5]);
  for (const rule of rules) expect(resizeImages(image, 4, 5, rule)).toBe(image);
});
