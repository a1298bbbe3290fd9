/** `qr` against what defines it: the product, orthonormal columns, and a triangle whose diagonal is not negative. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { disagreements, gradientError, trialOf, valueOf } from '../../../support/word-trial';

it.each([
  [5, 5],
  [7, 3],
  [4, 1],
])(
  'qr of a matrix of %d by %d has the defining properties on every backend',
  async (rows, columns) => {
    const x = { x: [rows, columns] };
    const product = trialOf('matmul(qr(x)[0], qr(x)[1])', x);
    valueOf(product).data.forEach((y, i) => expect(y).toBeCloseTo(product.inputs.x.data[i], 12));
    const gram = valueOf(trialOf('matmul(rearrange(qr(x)[0], "n m -> m n"), qr(x)[0])', x));
    const triangle = trialOf('qr(x)[1]', x);
    const r = valueOf(triangle);
    expect(r.shape).toEqual([2, columns, columns]);
    r.data.forEach((y, at) => {
      const [i, j] = [Math.floor(at / columns) % columns, at % columns];
      expect(gram.data[at]).toBeCloseTo(i === j ? 1 : 0, 12);
      if (i > j) expect(y).toBeCloseTo(0, 12);
      if (i === j) expect(y).toBeGreaterThan(0);
    });
    expect(gradientError(trialOf('qr(x)[0]', x))).toBeLessThan(1e-7);
    expect(gradientError(triangle)).toBeLessThan(1e-7);
    expect(await disagreements(triangle)).toEqual([]);
  },
  60_000,
);

it.each(['x', 'rearrange(x, "h n m -> (h n m)")'])('qr refuses %s, which has too few rows', (x) => {
  const text = `model M() {\n  input x: [2, 3, 4]\n  output y: [...] = qr(${x})[0]\n}\n`;
  const { diagnostics } = checkFile('m.weft', () => text, { elaborateModels: false }).elaborate('M', {});
  expect(diagnostics[0]?.message ?? 'nothing').toContain('as many columns can be orthogonal as there are rows');
});
