import { expect, it } from '@jest/globals';
import { gpuMemory } from '../../src/setup/gpu-memory';
import { withStubGpu, type StubGpu } from '../support/stub-gpu';

const alike: readonly StubGpu[] = [
  { uuid: 'GPU-aa11', free: 1000, total: 80_000 },
  { uuid: 'GPU-bb22', free: 2000, total: 80_000 },
];
const different: readonly StubGpu[] = [
  { name: 'Slow', free: 1000 },
  { name: 'Fast, large', free: 3000 },
];

async function freeMebi(gpus: readonly StubGpu[], env: NodeJS.ProcessEnv = {}): Promise<number | 'hidden' | null> {
  const memory = await withStubGpu(() => gpuMemory(env), gpus);
  return memory === null || memory === 'hidden' ? memory : memory.free / 2 ** 20;
}

it('tells what the driver says of the GPU', async () => {
  const gib = 2 ** 30;
  const memory = await withStubGpu(() => gpuMemory({}), [{ name: 'H, 200', free: 1024, total: 2048 }]);
  expect(memory).toMatchObject({ name: 'GPU 0 (H, 200)', free: gib, total: 2 * gib });
});

it.each<[string, NodeJS.ProcessEnv, number | 'hidden' | null]>([
  ['the first', {}, 1000],
  ['the first that is shown', { CUDA_VISIBLE_DEVICES: '1,0' }, 2000],
  ['one by the start of its identity', { CUDA_VISIBLE_DEVICES: 'GPU-bb' }, 2000],
  ['none where none is shown', { CUDA_VISIBLE_DEVICES: '' }, 'hidden'],
  ['none where the first is none', { CUDA_VISIBLE_DEVICES: '-1,0' }, 'hidden'],
  ['none where there are fewer', { CUDA_VISIBLE_DEVICES: '7' }, 'hidden'],
  ['nothing of a part of a GPU', { CUDA_VISIBLE_DEVICES: 'MIG-aa11' }, null],
])('of several that are alike: %s', async (_, env, free) => {
  expect(await freeMebi(alike, env)).toBe(free);
});

it('counts as CUDA does: of several kinds the first may be any of them, unless the order is set', async () => {
  expect(await freeMebi(different)).toBe(3000);
  expect(await freeMebi(different, { CUDA_VISIBLE_DEVICES: '0' })).toBe(3000);
  expect(await freeMebi(different, { CUDA_VISIBLE_DEVICES: '0', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' })).toBe(1000);
});

it('tells nothing where the driver does not', async () => {
  expect(await freeMebi([])).toBeNull();
  expect(await freeMebi([{ free: '[N/A]', total: '[N/A]' }])).toBeNull();
});
