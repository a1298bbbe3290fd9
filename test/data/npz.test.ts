import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { zipSync } from 'fflate';
import { openNpz, writeNpz } from '../../src/data/npz';
import { npy } from '../support/npy';
import { inFolder } from '../support/weft';

const arrays = {
  mu: { shape: [3], data: Float64Array.of(1, 1 / 3, -2) },
  a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
};

async function arraysIn(path: string): Promise<unknown> {
  const file = await openNpz(path);
  try {
    return Object.fromEntries(await Promise.all(file.names.map(async (name) => [name, await file.read(name)])));
  } finally {
    await file.close();
  }
}

it('reads what it wrote, doubles as doubles', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.npz');
    await writeNpz(path, arrays);
    expect(await arraysIn(path)).toEqual(arrays);
    const before = readFileSync(path);
    await writeNpz(path, arrays);
    expect(readFileSync(path).equals(before)).toBe(true);
  }));

it('reads compressed arrays', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.npz');
    const doubles = new Uint8Array(Float64Array.from({ length: 500 }, (_, i) => i % 7).buffer);
    writeFileSync(path, zipSync({ 'x.npy': npy([500], doubles, { descr: '<f8' }) }, { level: 9 }));
    expect(await arraysIn(path)).toEqual({
      x: { shape: [500], data: Float64Array.from({ length: 500 }, (_, i) => i % 7) },
    });
  }));

const whole = zipSync({ 'x.npy': npy([4], new Uint8Array(16)) }, { level: 0 });
const packed = zipSync({ 'x.npy': npy([400], new Uint8Array(1600)) }, { level: 9 });
const changed = (file: Uint8Array, at: number): Uint8Array => file.map((byte, i) => (i === at ? byte ^ 0xff : byte));

it.each<[string, Uint8Array, string]>([
  ['another file', Buffer.from('this is text, and more of it than the end of an archive'), 'its end is missing'],
  ['an empty file', Buffer.alloc(0), 'its end is missing'],
  ['half a file', whole.subarray(0, 90), 'its end is missing'],
  ['a changed number', changed(whole, 40 + 128), '"x.npy" in it is not what was written'],
  ['changed packed bytes', changed(packed, 60), '"x.npy" in it is not what was written'],
  [
    'an array that claims more than it has',
    zipSync({ 'x.npy': npy([9], new Uint8Array(16)) }),
    'the file is cut short',
  ],
  [
    'whole numbers',
    zipSync({ 'x.npy': npy([4], new Uint8Array(16), { descr: '<i4' }) }),
    'of the type <i4, not floats',
  ],
  ['Python objects', zipSync({ 'x.npy': npy([4], new Uint8Array(16), { descr: '|O' }) }), 'of the type |O'],
  ['no arrays', zipSync({ 'data.pkl': new Uint8Array(3) }), 'without NumPy arrays: it has data.pkl'],
])('refuses %s', (_, bytes, why) =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.npz');
    writeFileSync(path, bytes);
    await expect(arraysIn(path)).rejects.toThrow(why);
  }),
);

it('says which arrays there are', () =>
  inFolder(async (folder) => {
    await writeNpz(join(folder, 'a.npz'), arrays);
    const file = await openNpz(join(folder, 'a.npz'));
    await expect(file.read('sigma')).rejects.toMatchObject({
      message: expect.stringContaining('has no array "sigma"'),
      hint: 'It has mu, a.',
    });
    await file.close();
  }));

/** A Python that has NumPy. */
const python = [process.env.WEFT_PYTHON, 'python3'].find((command) => {
  try {
    return command && execFileSync(command, ['-c', 'import numpy'], { stdio: 'ignore' }) !== null;
  } catch {
    return false;
  }
});

(python ? it : it.skip)('is read by NumPy, and reads what NumPy writes', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.npz');
    await writeNpz(path, arrays);
    const script = `
import numpy
x = dict(numpy.load("a.npz"))
assert x["mu"].dtype == numpy.float64 and x["mu"][1] == 1 / 3, x
numpy.savez("plain.npz", **x)
numpy.savez_compressed("packed.npz", **x)`;
    execFileSync(python!, ['-c', script], { cwd: folder });
    expect(await arraysIn(join(folder, 'plain.npz'))).toEqual(arrays);
    expect(await arraysIn(join(folder, 'packed.npz'))).toEqual(arrays);
  }),
);
