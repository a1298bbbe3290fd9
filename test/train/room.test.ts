import { expect, it } from '@jest/globals';
import type { BackendName } from '../../src/backends/session';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { compile } from '../../src/index';
import { requireRoom, roomOf } from '../../src/train/room';

const { model, recipe } = compile('test/cli/tiny.weft#quick');
const mebi = 2 ** 20;

function refusal(batch: number, bytes: number, backend: BackendName = 'tfjs'): WeftError | null {
  try {
    requireRoom(model, { ...recipe!, batch }, backend, { bytes, holder: 'there are' });
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
  expect(roomOf('tensorflow', 'gpu')).toBeNull();
  expect(roomOf('tensorflow')!.bytes).toBeGreaterThan(0);
});
