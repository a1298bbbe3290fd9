import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { renderFile } from '../../src/data/sources/render';
import { fileSum } from '../../src/files/checksums';
import { readMetrics } from '../../src/train/metrics';
import { readMetadata } from '../../src/backends/onnx/metadata';
import { openWeights } from '../../src/data/checkpoints/open';
import { readSafetensors } from '../../src/data/safetensors';
import { withTemporaryFolder } from '../../src/files/atomic';
import { readAny } from '../../src/files/read-json';
import { readWhole } from '../../src/files/regular-file';
import { openSpec } from '../../src/spec/open';
import { failureOf } from '../support/failure';

const readers: { readonly [name: string]: (path: string) => Promise<unknown> } = {
  weights: openWeights,
  tensors: readSafetensors,
  'an index': (path) => openWeights(path),
  bytes: (path) => readWhole(path, 100),
  JSON: (path) => readAny(path),
  'a spec': async (path) => openSpec(path),
  metrics: readMetrics,
  'a picture': (path) => renderFile(path, { height: 4, width: 4 }),
  'a checksum': fileSum,
  'an ONNX file': (path) => readMetadata(path),
};

it.each(Object.entries(readers))('refuses pipes, devices and sockets as %s, without waiting for them', (_, read) =>
  withTemporaryFolder(async (folder) => {
    const pipe = join(folder, 'model.safetensors.index.json');
    execFileSync('mkfifo', [pipe]);
    expect(await failureOf(() => read(pipe))).toMatch(/is a pipe; a file was expected/);
    expect(await failureOf(() => read('/dev/zero'))).toMatch(/\/dev\/zero is a device; a file was expected/);
    const socket = createServer().listen(join(folder, 'socket'));
    await once(socket, 'listening');
    expect(await failureOf(() => read(join(folder, 'socket')))).toMatch(/is a socket/);
    socket.close();
  }),
);

it('reads a file up to a size, and no folder', () =>
  withTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'x'), 'abc');
    expect((await readWhole(join(folder, 'x'), 3)).toString()).toBe('abc');
    expect(await failureOf(() => readWhole(join(folder, 'x'), 2))).toMatch(/has 3 bytes; at most 2 bytes are read/);
    await mkdir(join(folder, 'y'));
    expect(await failureOf(() => readWhole(join(folder, 'y'), 3))).toMatch(/is a folder/);
    expect(await failureOf(() => readWhole(join(folder, 'z'), 3))).toMatch(/does not exist/);
  }));

it('does not wait for a pipe that a spec imports', () =>
  withTemporaryFolder(async (folder) => {
    execFileSync('mkfifo', [join(folder, 'pipe.weft')]);
    await writeFile(join(folder, 'm.weft'), 'import { X } from "./pipe"\nmodel M = X()\n');
    const { spec } = openSpec(join(folder, 'm.weft'));
    expect(spec.diagnostics.map((d) => d.code)).toContain('import-not-found');
  }));
