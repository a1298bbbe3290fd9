/** What the reference saves and restores. */
import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { openReference } from '../../../src/backends/reference/session';
import { openSession } from '../../../src/backends/open';
import { variable, type Program } from '../../../src/compiler/ir/graph';
import { openSafetensors, writeSafetensors } from '../../../src/data/safetensors';
import { writeFolderAtomic } from '../../../src/files/atomic';
import { failureOf } from '../../support/failure';
import { suiteFolder } from '../../support/folder';

const folder = suiteFolder();

const weight = variable('weight', [5], { kind: 'zeros' }, 'weight');
const counter = variable('steps', [], { kind: 'zeros' }, 'counter', 'i32');
const program: Program = { name: 'hold', inputs: [], outputs: { weight, steps: counter }, updates: [] };
// A number between two of 32 bits, one smaller than all of them and one larger, and two that JSON does not have.
const numbers = Float64Array.of(1 / 3, 1e-60, -0, 1e200, Infinity);
const state = {
  weight: { shape: [5], dtype: 'f32', data: numbers },
  steps: { shape: [], dtype: 'i32', data: Int32Array.of(2 ** 31 - 1) },
} as const;

it('restores every bit that it saved', async () => {
  const path = join(folder, 'exact');
  const [one, other] = [await openReference([program]), await openReference([program])];
  await one.set(state);
  await one.save(path);
  await other.restore(path);
  expect(await other.get()).toEqual(state);
  const file = await openSafetensors(join(path, 'variables.safetensors'));
  expect([file.info('weight').dtype, file.info('steps').dtype]).toEqual(['F64', 'I32']);
  await file.close();
});

it('restores what was saved in 32 bits', async () => {
  const path = join(folder, 'rounded');
  const rounded = { ...state, weight: { ...state.weight, data: Float32Array.of(1 / 3, 1, 2, 3, 4) } };
  await writeFolderAtomic(path, (temporary) => writeSafetensors(join(temporary, 'variables.safetensors'), rounded));
  const session = await openReference([program]);
  await session.restore(path);
  expect([...(await session.get()).weight.data]).toEqual([...rounded.weight.data]);
});

it('is restored in 32 bits by the other backends, which refuse what these cannot hold', async () => {
  const [path, large] = [join(folder, 'small'), join(folder, 'large')];
  const [one, other] = [await openReference([program]), await openSession('tfjs', [program])];
  await one.set(state);
  await one.save(large);
  expect(await failureOf(() => other.restore(large))).toContain('"weight" (F64) holds 1e+200, which is beyond 32-bit');
  await one.set({ weight: { ...state.weight, data: Float64Array.of(1 / 3, 0.1, 1, 2, 3) } });
  await one.save(path);
  await other.restore(path);
  expect([...(await other.get()).weight.data]).toEqual([Math.fround(1 / 3), Math.fround(0.1), 1, 2, 3]);
  await other.dispose();
});
