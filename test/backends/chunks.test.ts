import { expect, it } from '@jest/globals';
import { chunksBySize } from '../../src/backends/chunks';

it('fills runs up to about so many bytes, in order', () => {
  const shapes = [[2, 2], [4], [1], [100], [1], []];
  expect(chunksBySize(shapes, (shape) => shape, 32)).toEqual([
    [[2, 2], [4]],
    [[1], [100]],
    [[1], []],
  ]);
  expect(chunksBySize([], () => [1], 32)).toEqual([]);
});
