import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { zipSync, type Zippable } from 'fflate';
import { cudaRequirements, downloadTensorFlow } from '../../src/setup/download-tensorflow';
import { downloadFolder } from '../../src/setup/find-tensorflow';
import { silentProgress } from '../../src/setup/progress';
import type { Python } from '../../src/setup/python';
import { suiteFolder } from '../support/folder';

const root = suiteFolder();

const library = {
  'tensorflow/libtensorflow_cc.so.2': new Uint8Array([1]),
  'tensorflow/libtensorflow_framework.so.2': new Uint8Array([2]),
  'tensorflow/include/tensorflow/c/c_api.h': new Uint8Array([3]),
  'tensorflow/python/unwanted.py': new Uint8Array([4]),
};

/**
 * A program that stands in for Python with pip: puts a wheel where `--dest` says, then ends with `status`. The wheel is
 * the one of `others` whose name the requirement contains, else that of `entries`.
 */
function fakePython(
  name: string,
  entries: Zippable,
  status: number,
  others: { readonly [name: string]: Zippable } = {},
): Python {
  const program = join(root, name);
  const wheel = (part: string, files: Zippable): string => {
    const path = join(root, `${name}${part}.whl`);
    writeFileSync(path, zipSync(files));
    return `cp ${path} "$2/"`;
  };
  const cases = Object.entries(others).map(([part, files]) => `*${part}*) ${wheel(part, files)} ;;`);
  const find = 'while [ "$1" != "--dest" ]; do shift; done';
  const put = `case "$3" in ${cases.join(' ')} *) ${wheel('', entries)} ;; esac`;
  writeFileSync(program, `#!/bin/sh\n${find}\n${put}\necho "no route" >&2\nexit ${status}\n`);
  chmodSync(program, 0o755);
  return { program, version: '3.11.0', pip: true };
}

function cacheOf(name: string): { env: NodeJS.ProcessEnv; entries: () => string[] } {
  const env = { XDG_CACHE_HOME: join(root, `cache-${name}`) };
  const folder = join(env.XDG_CACHE_HOME, 'weft');
  return { env, entries: () => (existsSync(folder) ? readdirSync(folder) : []) };
}

it('keeps the libraries and headers of the wheel and nothing else', async () => {
  const { env, entries } = cacheOf('whole');
  const found = await downloadTensorFlow(fakePython('whole', library, 0), false, silentProgress, env);
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
  const python = fakePython('cuda', wheel, 0, {
    cudnn: {
      'nvidia/cudnn/lib/libcudnn.so.9': new Uint8Array([5]),
      'nvidia/cudnn/include/cudnn.h': new Uint8Array([6]),
    },
    nvcc: { 'nvidia/cuda_nvcc/bin/ptxas': [new Uint8Array([7]), { os: 3, attrs: 0o100755 << 16 }] },
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
  const attempt = downloadTensorFlow(fakePython('failing', library, 1), false, silentProgress, env);
  await expect(attempt).rejects.toThrow(/pip download .* failed:\nno route/);
  expect(entries()).toEqual([]);
});

it('leaves nothing behind when the wheel lacks the library', async () => {
  const { env, entries } = cacheOf('hollow');
  const attempt = downloadTensorFlow(
    fakePython('hollow', { 'tensorflow/x': new Uint8Array([1]) }, 0),
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
  await downloadTensorFlow(fakePython('leftover', library, 0), false, silentProgress, env);
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
