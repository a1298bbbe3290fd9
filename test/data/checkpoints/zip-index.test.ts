import { expect, it } from '@jest/globals';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { openWeights } from '../../../src/data/checkpoints/open';

/** More than 32 bits hold; the file between is a hole, which takes no room on the disk. */
const far = 5_000_000_000;

it('reads tensors that lie beyond 4 GB (zip64)', async () => {
  const source = 'test/data/checkpoints/fixtures/text.pth';
  const folder = await mkdtemp(join(tmpdir(), 'weft-'));
  try {
    const path = join(folder, 'large.pth');
    await writeFarArchive(path, unzipSync(await readFile(source)));
    const [near, large] = [await openWeights(source), await openWeights(path)];
    expect(large.names).toEqual(near.names);
    for (const name of near.names) expect(await large.read(name)).toEqual(await near.read(name));
    await near.close();
    await large.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Stores the first file at the beginning and the others from `far` on, with all positions and sizes in zip64 fields. */
async function writeFarArchive(path: string, files: { readonly [name: string]: Uint8Array }): Promise<void> {
  const file = await open(path, 'w');
  try {
    let at = 0;
    const directory: Buffer[] = [];
    const put = async (bytes: Uint8Array): Promise<void> => {
      await file.write(bytes, 0, bytes.length, at);
      at += bytes.length;
    };
    for (const [name, bytes] of Object.entries(files)) {
      directory.push(directoryEntry(name, bytes.length, at));
      const local = Buffer.alloc(30);
      local.writeUInt32LE(0x04034b50, 0);
      local.writeUInt16LE(name.length, 26);
      await put(Buffer.concat([local, Buffer.from(name), bytes]));
      at = Math.max(at, far);
    }
    const list = Buffer.concat(directory);
    await put(Buffer.concat([list, endOf(directory.length, list.length, at, at + list.length)]));
  } finally {
    await file.close();
  }
}

function directoryEntry(name: string, size: number, header: number): Buffer {
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  [20, 24, 42].forEach((field) => entry.writeUInt32LE(0xffffffff, field));
  entry.writeUInt16LE(name.length, 28);
  entry.writeUInt16LE(28, 30);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  [size, size, header].forEach((x, i) => extra.writeBigUInt64LE(BigInt(x), 4 + 8 * i));
  return Buffer.concat([entry, Buffer.from(name), extra]);
}

/** The end record of zip64, its locator, and the small end record that points to them. */
function endOf(count: number, length: number, start: number, record: number): Buffer {
  const end = Buffer.alloc(56 + 20 + 22);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  [count, count, length, start].forEach((x, i) => end.writeBigUInt64LE(BigInt(x), 24 + 8 * i));
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(record), 64);
  end.writeUInt32LE(0x06054b50, 76);
  end.writeUInt16LE(0xffff, 84);
  end.writeUInt16LE(0xffff, 86);
  end.writeUInt32LE(0xffffffff, 88);
  end.writeUInt32LE(0xffffffff, 92);
  return end;
}
