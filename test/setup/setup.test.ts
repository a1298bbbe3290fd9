import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { hasNvidiaGpu } from '../../src/setup/find-tensorflow';
import { renderSetup, runSetup } from '../../src/setup/setup';
import { isNativeAvailable, isPortableForced } from '../../src/setup/native';
import { suiteFolder } from '../support/folder';
import { itNative } from '../support/native';
import { withStubGpu } from '../support/stub-gpu';

const folder = suiteFolder();

it('ends with the portable backend, and no failure, when WEFT_PORTABLE asks for it', async () => {
  const report = await runSetup({ env: { ...process.env, WEFT_PORTABLE: '1' } });
  expect(report).toMatchObject({ backend: 'portable', notes: ['WEFT_PORTABLE is set'] });
  expect(renderSetup(report)).toContain('The portable backend (tfjs on wasm) will be used');
});

it('takes an empty WEFT_PORTABLE and 0 as no', () => {
  expect(['1', 'true', '', '0', undefined].map((v) => isPortableForced({ WEFT_PORTABLE: v }))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

it('says how to choose another cache where this one cannot be written', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const env = { ...process.env, WEFT_PORTABLE: '', XDG_CACHE_HOME: file };
  await expect(runSetup({ env, download: false })).rejects.toMatchObject({
    exitCode: 3,
    hint: expect.stringContaining('Set XDG_CACHE_HOME'),
  });
});

itNative('runs twice at once on a machine that is set up, quickly and without compiling again', async () => {
  const reports = await Promise.all([runSetup({ download: false }), runSetup({ download: false })]);
  for (const report of reports) expect(report).toMatchObject({ backend: 'tensorflow', compiled: false, notes: [] });
  expect(isNativeAvailable()).toBe(true);
});

const itBesideStub = hasNvidiaGpu() ? it.skip : itNative;

itBesideStub('works on the CPU beside a GPU whose build of TensorFlow cannot be had', async () => {
  const report = await withStubGpu(() => runSetup({ download: false }));
  expect(report).toMatchObject({ backend: 'tensorflow', gpu: false, compiled: false });
  expect(report.notes).toEqual(['no TensorFlow with CUDA on this machine, and downloading is off']);
});
