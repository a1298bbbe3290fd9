import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { cudaRequirements, downloadTensorFlow } from '../../src/setup/download-tensorflow';
import { downloadFolder } from '../../src/setup/find-tensorflow';
import { silentProgress } from '../../src/setup/progress';
import { suiteFolder } from '../support/folder';
import { stubPip } from '../support/stub-pip';

const root = suiteFolder();

const library = {
  'tensorflow/libtensorflow_cc.so.2': new Uint8Array([1]),
  'tensorflow/libtensorflow_framework.so.2': new Uint8Array([2]),
  'tensorflow/include/tensorflow/c/c_api.h': new Uint8Array([3]),
  'tensorflow/python/unwanted.py': new Uint8Array([4]),
};

function cacheOf(name: string): { env: NodeJS.ProcessEnv; entries: () => string[] } {
  const env = { XDG_CACHE_HOME: join(root, `cache-${name}`) };
  const folder = join(env.XDG_CACHE_HOME, 'weft');
  return { env, entries: () => (existsSync(folder) ? readdirSync(folder) : []) };
}

it('keeps the libraries and headers of the wheel and nothing else', async () => {
  const { env, entries } = cacheOf('whole');
  const found = await downloadTensorFlow(stubPip(root, 'whole', { files: library }), false, silentProgress, env);
  expect(found).toMatchObject({
    source: 'download',
    cuda: false,
    folder: join(downloadFolder(false, env), 'tensorflow'),
  });
  expect(readFileSync(join(found.folder, 'libtensorflow_cc.so.2'))).toEqual(Buffer.from([1]));
  expect(existsSync(join(found.folder, 'python'))).toBe(false);
  expect(entries()).toHaveLength(1);
});

it('puts the CUDA libraries and their assembler where TensorFlow looks for them', async () => {
  const { env, entries } = cacheOf('cuda');
  const extra = "Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3; extra == 'and-cuda'\n";
  const assembler = "Requires-Dist: nvidia-cuda-nvcc-cu12<13.0; extra == 'and-cuda'\n";
  const wheel = { ...library, 'tensorflow-1.dist-info/METADATA': new TextEncoder().encode(extra + assembler) };
  const python = stubPip(root, 'cuda', {
    files: wheel,
    others: {
      cudnn: {
        'nvidia/cudnn/lib/libcudnn.so.9': new Uint8Array([5]),
        'nvidia/cudnn/include/cudnn.h': new Uint8Array([6]),
      },
      nvcc: { 'nvidia/cuda_nvcc/bin/ptxas': [new Uint8Array([7]), { os: 3, attrs: 0o100755 << 16 }] },
    },
  });
  const { folder, cuda } = await downloadTensorFlow(python, true, silentProgress, env);
  expect(cuda).toBe(true);
  expect(folder).toBe(join(downloadFolder(true, env), 'tensorflow'));
  const nvidia = join(folder, '..', 'nvidia');
  expect(readFileSync(join(nvidia, 'cudnn/lib/libcudnn.so.9'))).toEqual(Buffer.from([5]));
  expect(existsSync(join(nvidia, 'cudnn/include'))).toBe(false);
  expect(statSync(join(nvidia, 'cuda_nvcc/bin/ptxas')).mode & 0o111).toBe(0o111);
  expect(entries()).toHaveLength(1);
});

it('leaves nothing behind when pip fails, and says what pip said', async () => {
  const { env, entries } = cacheOf('failing');
  const attempt = downloadTensorFlow(
    stubPip(root, 'failing', { files: library, fails: true }),
    false,
    silentProgress,
    env,
  );
  await expect(attempt).rejects.toThrow(/pip download .* failed:\nno route/);
  expect(entries()).toEqual([]);
});

it('leaves nothing behind when the wheel lacks the library', async () => {
  const { env, entries } = cacheOf('hollow');
  const attempt = downloadTensorFlow(
    stubPip(root, 'hollow', { files: { 'tensorflow/x': new Uint8Array([1]) } }),
    false,
    silentProgress,
    env,
  );
  await expect(attempt).rejects.toThrow('has no TensorFlow C library inside');
  expect(entries()).toEqual([]);
});

it('clears away what a killed set-up left', async () => {
  const { env, entries } = cacheOf('leftover');
  mkdirSync(join(env.XDG_CACHE_HOME ?? '', 'weft', 'download-1-abc'), { recursive: true });
  await downloadTensorFlow(stubPip(root, 'leftover', { files: library }), false, silentProgress, env);
  expect(entries()).toHaveLength(1);
});

it('reads the CUDA packages off the extra of a wheel', () => {
  const metadata = [
    'Requires-Dist: numpy>=1.26.0',
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    "Requires-Dist: nvidia-cudnn-cu12 (<10.0,>=9.3.0.75) ; extra == 'and-cuda'",
    'Requires-Dist: tensorflow-io; extra == "gcs-filesystem"',
  ].join('\n');
  expect(cudaRequirements(metadata)).toEqual([
    'nvidia-cublas-cu12<13.0,>=12.5.3.2',
    'nvidia-cudnn-cu12<10.0,>=9.3.0.75',
  ]);
});
