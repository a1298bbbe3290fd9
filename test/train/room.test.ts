import { expect, it } from '@jest/globals';
import { openSession } from '../../src/backends/open';
import type { BackendName } from '../../src/backends/session';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { compile } from '../../src/index';
import { isNativeAvailable } from '../../src/setup/native';
import { requireRoom } from '../../src/train/require-room';
import { roomOf, type Room } from '../../src/backends/room';
import { withStubGpu } from '../support/stub-gpu';

const { model, recipe } = compile('test/cli/tiny.weft#quick');
const mebi = 2 ** 20;

function refusal(batch: number, bytes: number, backend: BackendName = 'tfjs'): WeftError | null {
  return refusalIn({ bytes, holder: 'there are' }, batch, backend);
}

function refusalIn(room: Room | null, batch: number, backend: BackendName): WeftError | null {
  try {
    requireRoom(model, { ...recipe!, batch }, backend, room);
    return null;
  } catch (error) {
    if (error instanceof WeftError) return error;
    throw error;
  }
}

it.each<BackendName>(['tfjs', 'tensorflow', 'reference'])('refuses a batch that no machine holds on %s', (backend) => {
  const error = refusal(100_000_000, roomOf('tensorflow')!.bytes, backend);
  expect(error?.message).toMatch(
    /with a batch of 100,000,000 \(--batch\) needs about \d+\.\d\d TiB, of which one batch of images is/,
  );
  expect(error?.hint).toMatch(/What fits: --batch \d+/);
  expect(error?.exitCode).toBe(3);
});

it('names a batch that fits indeed, the largest power of two', () => {
  const room = 64 * mebi;
  const [, batch] = /--batch (\d+)/.exec(refusal(1e6, room)!.hint!)!;
  expect(refusal(Number(batch), room)).toBeNull();
  expect(refusal(2 * Number(batch), room)).not.toBeNull();
});

it('says where nothing helps', () => {
  expect(refusal(2, 1000, 'tensorflow')?.hint).toMatch(/^Not even a batch of 1 fits/);
});

it('lets through what fits', () => {
  expect(refusal(recipe!.batch, roomOf('tfjs')!.bytes)).toBeNull();
});

it('knows what a backend holds', () => {
  expect(roomOf('tfjs')?.bytes).toBe(4 * 2 ** 30);
  expect(roomOf('tensorflow')!.bytes).toBeGreaterThan(0);
});

it('refuses on a GPU what its free memory does not hold, with what would fit', async () => {
  const free = 64;
  const room = await withStubGpu(() => roomOf('tensorflow', 'gpu'), [{ name: 'Small', free, total: 1e9 }]);
  expect(room?.bytes).toBe(free * mebi);
  expect(refusalIn(room, 2, 'tensorflow')).toBeNull();
  const error = refusalIn(room, 1_000_000, 'tensorflow')!;
  expect(error.message).toMatch(/needs about .*; the free memory of GPU 0 \(Small\) is 64\.00 MiB\.$/);
  expect(error.hint).toMatch(/^What fits: --batch (\d+); .*the whole of the GPU \(953\.67 TiB\), once other programs/);
  expect(error.exitCode).toBe(3);
});

it('asks for main memory where CUDA is shown no GPU, and for nothing where the driver does not tell', async () => {
  const before = process.env.CUDA_VISIBLE_DEVICES;
  process.env.CUDA_VISIBLE_DEVICES = '-1';
  try {
    expect(await withStubGpu(() => roomOf('tensorflow', 'gpu'))).toEqual(roomOf('tensorflow'));
  } finally {
    if (before === undefined) delete process.env.CUDA_VISIBLE_DEVICES;
    else process.env.CUDA_VISIBLE_DEVICES = before;
  }
  expect(await withStubGpu(() => roomOf('tensorflow', 'gpu'), [{ free: '[N/A]', total: '[N/A]' }])).toBeNull();
});

(isNativeAvailable() ? it : it.skip)('counts what TensorFlow holds already in this process as free', async () => {
  await (await openSession('tensorflow', [])).dispose();
  const room = await withStubGpu(() => roomOf('tensorflow', 'gpu'), [{ free: 10, total: 2048 }]);
  expect(room?.bytes).toBe(2048 * mebi);
});
