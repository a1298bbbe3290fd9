import { expect, it } from '@jest/globals';
import { permuted } from '../../../src/backends/onnx/weights';

it('reorders axes so that result.shape[i] = dims[perm[i]]', () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => i);
  const out = permuted(values, [2, 3, 4], [2, 0, 1]);
  for (let a = 0; a < 4; a++)
    for (let b = 0; b < 2; b++) for (let c = 0; c < 3; c++) expect(out[(a * 2 + b) * 3 + c]).toBe((b * 3 + c) * 4 + a);
});

it('transposes matrices whose sides are no multiple of the tile', () => {
  const [rows, columns] = [70, 45];
  const values = Float32Array.from({ length: rows * columns }, (_, i) => i);
  const out = permuted(values, [rows, columns], [1, 0]);
  expect(Array.from(out)).toEqual(Array.from(values, (_, k) => (k % rows) * columns + Math.floor(k / rows)));
});
