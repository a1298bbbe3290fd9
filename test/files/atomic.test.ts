import { existsSync, lstatSync } from 'node:fs';
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import {
  ensureWritableFolder,
  requireWritableFile,
  withTemporaryFolder,
  writeBeside,
  writeFileAtomic,
  writeFolderAtomic,
  temporaryFolder,
} from '../../src/files/atomic';
import { codedByWords, fileError, formatBytes, formatTwoSizes, freeBytes } from '../../src/files/file-error';
import { failureOf } from '../support/failure';

it('writes a file with the folders above it, and replaces one', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a', 'b.txt');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(join(folder, 'a'))).toEqual(['b.txt']);
  }));

it('keeps the old file and leaves nothing else when writing fails', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'kept.txt');
    await writeFileAtomic(path, 'kept');
    const failing = writeBeside(path, async (temporary) => {
      await writeFile(temporary, 'half');
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await readFile(path, 'utf8')).toBe('kept');
    expect(await readdir(folder)).toEqual(['kept.txt']);
  }));

it('writes through a link and straight to a device', () =>
  withTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'real'), 'old');
    await symlink(join(folder, 'real'), join(folder, 'link'));
    await writeFileAtomic(join(folder, 'link'), 'new');
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
    await writeFileAtomic('/dev/null', 'gone');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  }));

it('replaces a folder as a whole, or not at all', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'run');
    await writeFolderAtomic(path, (f) => writeFile(join(f, 'first'), ''));
    await writeFolderAtomic(path, (f) => writeFile(join(f, 'second'), ''));
    expect(await readdir(path)).toEqual(['second']);
    const failing = writeFolderAtomic(path, async (f) => {
      await writeFile(join(f, 'third'), '');
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await readdir(path)).toEqual(['second']);
    expect(await readdir(folder)).toEqual(['run']);
  }));

it('does not put a folder over a file, nor a file over a folder', () =>
  withTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'file'), 'kept');
    await mkdir(join(folder, 'folder'));
    expect(await failureOf(() => writeFolderAtomic(join(folder, 'file'), async () => {}))).toMatch(/file is a file/);
    expect(await failureOf(() => writeFileAtomic(join(folder, 'folder'), ''))).toMatch(/folder is a folder/);
    expect(await failureOf(() => writeFileAtomic(join(folder, 'file', 'below'), ''))).toMatch(/a file is in the way/);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('kept');
  }));

it('removes a temporary folder even after an error', async () => {
  let seen = '';
  const failing = withTemporaryFolder(async (folder) => {
    seen = folder;
    throw new Error('no more');
  });
  await expect(failing).rejects.toThrow('no more');
  expect(existsSync(seen)).toBe(false);
});

it('says before the work that a file cannot be written, and makes nothing', () =>
  withTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'file'), '');
    await requireWritableFile(join(folder, 'file'));
    await requireWritableFile(join(folder, 'new', 'deep', 'x.png'));
    await requireWritableFile('/dev/null');
    expect(await failureOf(() => requireWritableFile(folder))).toContain('is a folder; a file was to be written there');
    for (const path of [join(folder, 'file', 'x.png'), join(folder, 'file', 'deep', 'x.png')])
      expect(await failureOf(() => requireWritableFile(path))).toContain('a file is in the way');
    expect(await readdir(folder)).toEqual(['file']);
  }));

it('makes a folder to write into and says why it cannot', () =>
  withTemporaryFolder(async (folder) => {
    await ensureWritableFolder(join(folder, 'new', 'deep'));
    expect(await readdir(join(folder, 'new', 'deep'))).toEqual([]);
    await writeFile(join(folder, 'file'), '');
    expect(await failureOf(() => ensureWritableFolder(join(folder, 'file')))).toMatch(/a file is in the way/);
  }));

it.each([
  [
    'runs/a/checkpoints/.step-000002.13778-0732f7fb.tmp/.variables.13778-d580bb12.tmp/v.safetensors',
    'runs/a/checkpoints/step-000002/variables/v.safetensors',
  ],
  ['.a.png.7-01234567.tmp', 'a.png'],
  ['out/.unproven-Ab12/model.onnx', 'out/model.onnx'],
  ['.hidden/a.tmp', '.hidden/a.tmp'],
])('speaks of %s as the place it is meant for', async (path, meant) => {
  for (const code of ['ENOSPC', 'EACCES', 'EIO']) {
    const told = String(await fileError(Object.assign(new Error(), { code }), 'write', path));
    expect([told, told.includes('.unproven-'), /\d\.tmp/.test(told)]).toEqual([
      expect.stringContaining(` ${meant}`),
      false,
      false,
    ]);
  }
});

it('explains a full disk with the space that is left, and permissions', async () => {
  const full = await fileError(Object.assign(new Error(), { code: 'ENOSPC' }), 'write', '/tmp/x/y');
  expect(full).toMatchObject({
    name: 'WeftError',
    exitCode: 3,
    message: expect.stringMatching(/disk is full.* are free/),
  });
  const denied = await fileError(Object.assign(new Error(), { code: 'EACCES' }), 'read', '/tmp/x');
  expect(denied).toMatchObject({ exitCode: 3, message: 'There is no permission to read /tmp/x.' });
  const other = new Error('a bug');
  expect(await fileError(other, 'read', '/tmp/x')).toBe(other);
  expect(await freeBytes('/no/such/folder/yet')).toBeGreaterThan(0);
});

it('says sizes as people do', () => {
  expect([312, 1000, 4_240_000, 25e9].map(formatBytes)).toEqual(['312 bytes', '1.0 kB', '4.2 MB', '25 GB']);
  expect(formatTwoSizes(312, 1000)).toEqual(['312 bytes', '1.0 kB']);
  expect(formatTwoSizes(1120, 1110)).toEqual(['1,120 bytes', '1,110 bytes']);
});

it.each([
  ['/a/b/000001; No space left on device', /The disk is full while writing/],
  ['RESOURCE_EXHAUSTED: /a/b; Disk quota exceeded', /The disk is full while writing/],
  ['/a/b; Read-only file system', /lies on a read-only file system/],
  ['/a/b; Permission denied', /no permission to write/],
  ['NOT_FOUND: /a/b; No such file or directory', /folder to write .* is gone/],
  ['/a/b; Input/output error', /The disk failed to write/],
])('understands what a library says of the system: %s', async (message, words) => {
  const found = (await fileError(codedByWords(message), 'write', '/tmp/x')) as Error & { exitCode: number };
  expect(found.message).toMatch(words);
  expect(found.exitCode).toBe(3);
});

it('takes no word of memory for one of the disk', () => {
  expect(codedByWords('RESOURCE_EXHAUSTED: OOM when allocating tensor')).toBeNull();
});

it('says that the folder for temporary files is missing, and how to name another', async () => {
  // The environment of a test is not the one that the system is asked for: a folder below stands for a missing one.
  const made = temporaryFolder(join('nothing', 'weft-'));
  await expect(made).rejects.toThrow(/^The folder for temporary files, .*, does not exist\.$/);
  await expect(made).rejects.toMatchObject({ exitCode: 3, hint: 'Make it, or set TMPDIR to another.' });
});
