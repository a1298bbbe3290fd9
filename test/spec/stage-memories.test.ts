import { expect, it } from '@jest/globals';
import { memoryOf } from '../../src/compiler/report/memory';
import { openSpec, recipeNamed } from '../../src/spec/open';
import { stageMemories } from '../../src/spec/stage-memories';

const spec = (settings: string) =>
  openSpec('m.weft', {
    text: `model M(size: Size = 8x8) {
  input noisy: image(size)
  input time: scalar
  output velocity: image(size) = conv2d(silu(conv2d(noisy, 4) @a) * time, 3) @b
}
train t of M {
  data = folder("images")
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  batch = 8
  steps = 100
${settings}
}`,
  }).spec;

const found = (settings: string) => {
  const opened = spec(settings);
  return stageMemories(opened, recipeNamed(opened, null), {});
};

it('has nothing to add to a recipe of one program', () => {
  expect(found('phase at 50 { optimizer.rate = 1e-4 }')).toEqual([]);
});

it('counts each stage with its size and batch, and each bucket of it', () => {
  const opened = spec('');
  const recipe = recipeNamed(opened, null);
  const at = (size: string, batch: number): number =>
    memoryOf(opened.elaborate('M', { size }).model!, { ...recipe, batch }).total;
  expect(found('phase at 0 { size = 4x4 batch = 16 }\nphase at 50 { size = 8x8 }')).toEqual([
    { when: 'from step 0: size 4x4, batch 16', total: at('4x4', 16) },
    { when: 'from step 50: size 8x8', total: at('8x8', 16) },
  ]);
  expect(found('buckets = [bucket(size: 8x8), bucket(size: 6x8, batch: 2)]')).toEqual([
    { when: 'bucket 8x8 of 8', total: at('8x8', 8) },
    { when: 'bucket 6x8 of 2', total: at('6x8', 2) },
  ]);
});
