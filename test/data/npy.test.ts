import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { readNpy, readNpyHeader } from '../../src/data/npy';
import { bytesOf, npy, type NpyOptions } from '../support/npy';
import { inFolder } from '../support/weft';

const values = [0, 1, -2, 0.5, 3, 4];
const swapped = Buffer.from(bytesOf(values)).swap32();
const doubles = new Uint8Array(Float64Array.from(values).buffer);
const halves = new Uint8Array(Uint16Array.of(0, 0x3c00, 0xc000, 0x3800, 0x4200, 0x4400).buffer);

it.each<[string, Uint8Array, NpyOptions]>([
  ['floats', bytesOf(values), {}],
  ['floats, version 2', bytesOf(values), { version: 2 }],
  ['floats, big end first', swapped, { descr: '>f4' }],
  ['doubles', doubles, { descr: '<f8' }],
  ['doubles, big end first', Buffer.from(doubles).swap64(), { descr: '>f8' }],
  ['half floats', halves, { descr: '<f2' }],
])('reads %s', (_, bytes, options) =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.npy');
    writeFileSync(path, npy([2, 3], bytes, options));
    const header = await readNpyHeader(path);
    expect(header.shape).toEqual([2, 3]);
    expect([...(await readNpy(path, header, 0, 6))]).toEqual(values);
    expect([...(await readNpy(path, header, 3, 2))]).toEqual([0.5, 3]);
    await expect(readNpy(path, header, 4, 3)).rejects.toThrow('cut short');
  }),
);

it.each<[string, Buffer, string]>([
  ['whole numbers', npy([6], new Uint8Array(24), { descr: '<i4' }), 'of the type <i4, not floats'],
  ['objects', npy([6], new Uint8Array(24), { descr: '|O' }), 'of the type |O'],
  ['columns first', npy([2, 3], bytesOf(values), { byColumns: true }), 'stored by columns'],
  ['another file', Buffer.from('PK\x03\x04 and more of it'), 'not a NumPy array'],
  ['an empty file', Buffer.alloc(0), 'not a NumPy array'],
  ['a header without end', Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\x7f', 'latin1'), 'its header has 2147483647 bytes'],
  [
    'a header that is no header',
    Buffer.concat([Buffer.from('\x93NUMPY\x01\0\x04\0', 'latin1'), Buffer.from('abcd')]),
    'cannot be read: abcd',
  ],
])('refuses %s', (_, file, message) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'a.npy'), file);
    await expect(readNpyHeader(join(folder, 'a.npy'))).rejects.toThrow(message);
  }),
);

const hasNumpy = ((): boolean => {
  try {
    return execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' }) !== null;
  } catch {
    return false;
  }
})();

(hasNumpy ? it : it.skip)('reads what NumPy writes', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.npy');
    execFileSync('python3', [
      '-c',
      `import numpy; numpy.save(${JSON.stringify(path)}, numpy.arange(24, dtype='f2').reshape(2, 3, 4))`,
    ]);
    const header = await readNpyHeader(path);
    expect(header.shape).toEqual([2, 3, 4]);
    expect([...(await readNpy(path, header, 20, 4))]).toEqual([20, 21, 22, 23]);
  }),
);
