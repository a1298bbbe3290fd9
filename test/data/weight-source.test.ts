import { expect, it } from '@jest/globals';
import { openWeights } from '../../src/data/checkpoints/open';
import { fromTensors } from '../../src/data/weight-source';
import { goldenCase } from '../support/golden';

it('gives the same weights from a file as from memory, as float32', async () => {
  const { tensors } = goldenCase('final_layer');
  const [file, memory] = [await openWeights('test/golden/final_layer.safetensors'), fromTensors(tensors)];
  expect([...file.names].sort()).toEqual([...memory.names].sort());
  for (const name of file.names) {
    expect(file.shapeOf(name)).toEqual(memory.shapeOf(name));
    expect(await file.read(name)).toEqual(await memory.read(name));
  }
  await file.close();
});

it('gives integers as numbers too', async () => {
  const source = fromTensors(new Map([['y', { shape: [2], dtype: 'i32', data: Int32Array.of(3, -4) }]]));
  expect(await source.read('y')).toEqual(Float32Array.of(3, -4));
});
