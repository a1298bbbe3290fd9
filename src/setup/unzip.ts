/** Reads chosen entries of a zip file (a Python wheel) by stream, so entries of any size stay out of memory. */
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw, inflateRawSync } from 'node:zlib';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
/** Entries of up to this many compressed bytes are inflated at once, which is much faster for thousands of headers. */
const smallEntry = 1 << 20;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly compressed: number;
  readonly size: number;
  /** Position of the entry's local header, in bytes. */
  readonly offset: number;
  /** Whether it is an executable program. */
  readonly executable: boolean;
}

/** Unpacks the entries that `wanted` chooses into `folder`; returns their names. `onBytes` is called with unpacked bytes. */
export async function unzip(
  file: string,
  folder: string,
  wanted: (name: string) => boolean,
  onBytes: (count: number) => void = () => {},
): Promise<string[]> {
  const zip = await open(file, 'r');
  try {
    const entries = (await readDirectory(zip, file)).filter((e) => !e.name.endsWith('/') && wanted(e.name));
    const made = new Set<string>();
    for (const entry of entries) {
      if (entry.name.split('/').includes('..')) throw new Error(`${file}: ${entry.name} points outside the archive`);
      const target = join(folder, entry.name);
      const parent = dirname(target);
      if (!made.has(parent)) await mkdir(parent, { recursive: true });
      made.add(parent);
      await extract(zip, entry, target);
      if (entry.executable) await chmod(target, 0o755);
      onBytes(entry.size);
    }
    return entries.map((e) => e.name);
  } finally {
    await zip.close();
  }
}

/** The text of one entry, or null if `wanted` chooses none. */
export async function readZipText(file: string, wanted: (name: string) => boolean): Promise<string | null> {
  const zip = await open(file, 'r');
  try {
    const entry = (await readDirectory(zip, file)).find((e) => wanted(e.name));
    return entry ? (await inflate(zip, entry)).toString('utf8') : null;
  } finally {
    await zip.close();
  }
}

async function readDirectory(zip: FileHandle, file: string): Promise<Entry[]> {
  const { size } = await zip.stat();
  const tail = await read(zip, Math.max(0, size - 66_000), Math.min(size, 66_000));
  let at = tail.length - 22;
  while (at >= 0 && tail.readUInt32LE(at) !== endSignature) at--;
  if (at < 0) throw new Error(`${file} is not a whole zip file`);
  const directory = await read(zip, tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
  const entries: Entry[] = [];
  for (let p = 0; p + 46 <= directory.length && directory.readUInt32LE(p) === entrySignature;) {
    const nameLength = directory.readUInt16LE(p + 28);
    entries.push({
      name: directory.toString('utf8', p + 46, p + 46 + nameLength),
      method: directory.readUInt16LE(p + 10),
      compressed: directory.readUInt32LE(p + 20),
      size: directory.readUInt32LE(p + 24),
      offset: directory.readUInt32LE(p + 42),
      // The upper half of the attributes is the Unix mode, if the archive was made on Unix.
      executable: ((directory.readUInt32LE(p + 38) >>> 16) & 0o111) !== 0,
    });
    p += 46 + nameLength + directory.readUInt16LE(p + 30) + directory.readUInt16LE(p + 32);
  }
  return entries;
}

async function extract(zip: FileHandle, entry: Entry, target: string): Promise<void> {
  if (entry.compressed <= smallEntry) {
    const handle = await open(target, 'w');
    await handle.writeFile(await inflate(zip, entry)).finally(() => handle.close());
    return;
  }
  const start = await dataOffset(zip, entry);
  const raw = zip.createReadStream({
    start,
    end: start + entry.compressed - 1,
    autoClose: false,
    highWaterMark: 1 << 20,
  });
  const out = createWriteStream(target, { highWaterMark: 1 << 20 });
  if (entry.method === 0) await pipeline(raw, out);
  else await pipeline(raw, createInflateRaw({ chunkSize: 1 << 20 }), out);
  if (out.bytesWritten !== entry.size)
    throw new Error(`${entry.name}: ${out.bytesWritten} bytes, expected ${entry.size}`);
}

async function inflate(zip: FileHandle, entry: Entry): Promise<Buffer> {
  const raw = await read(zip, await dataOffset(zip, entry), entry.compressed);
  const data = entry.method === 0 ? raw : inflateRawSync(raw);
  if (data.length !== entry.size) throw new Error(`${entry.name}: ${data.length} bytes, expected ${entry.size}`);
  return data;
}

/** The local header repeats the name, and its extra field may differ from the directory's. */
async function dataOffset(zip: FileHandle, entry: Entry): Promise<number> {
  const header = await read(zip, entry.offset, 30);
  return entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function read(zip: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await zip.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw new Error('the zip file ends early');
    done += bytesRead;
  }
  return buffer;
}
