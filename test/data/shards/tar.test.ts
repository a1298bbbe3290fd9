import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { readTar, type PassedMember } from '../../../src/data/shards/tar';
import { failureOf } from '../../support/failure';
import { inFolder } from '../../support/weft';

/** What reading a file says, without its folder. */
const refusal = async (path: string): Promise<string> =>
  (await failureOf(() => read(path))).replaceAll(`${dirname(path)}/`, '');

/** Longer than the 100 bytes that the oldest form has for a name, and than the 255 of POSIX. */
const long = `${'deep/'.repeat(60)}name-ä.txt`;

function files(folder: string, contents: { readonly [name: string]: string | Buffer }): void {
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

interface Read {
  readonly members: { readonly [name: string]: string };
  readonly passed: readonly [PassedMember, string][];
  readonly isWhole: boolean;
}

async function read(path: string): Promise<Read> {
  const members: { [name: string]: string } = {};
  const passed: [PassedMember, string][] = [];
  const isWhole = await readTar(path, {
    onMember: async ({ name, at, size }, bytes) => {
      const found = Buffer.from(await bytes());
      expect(found.equals(readFileSync(path).subarray(at, at + size))).toBe(true);
      members[name] = found.toString();
    },
    onPassed: (kind, name) => passed.push([kind, name]),
  });
  return { members, passed, isWhole };
}

const pack = (folder: string, path: string, ...options: string[]): void =>
  void execFileSync('tar', ['-cf', path, '-C', folder, ...options]);

/** A header of one's own, with the right checksum. */
function header(name: string, { size = '00000000000', type = '0' }: { size?: string; type?: string } = {}): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write(name, 0);
  bytes.write('0000644\0', 100);
  bytes.write(size, 124, 'latin1');
  bytes.write(type, 156);
  bytes.write('ustar\x0000', 257);
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((a, b) => a + b, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

it.each(['gnu', 'pax', 'oldgnu', 'ustar', 'v7'])('reads what tar packs in the form %s', (format) =>
  inFolder(async (folder) => {
    const contents = {
      'a/1.txt': 'one',
      'a/big.bin': 'x'.repeat(300_000),
      'b.txt': '',
      ...(/gnu|pax/.test(format) && { [long]: 'deep' }),
    };
    files(join(folder, 'in'), contents);
    const path = join(folder, 'x.tar');
    pack(join(folder, 'in'), path, `--format=${format}`, '.');
    expect(await read(path)).toEqual({ members: contents, passed: [], isWhole: true });
  }),
);

it('reads a size that octal digits are too few for, and passes over data without reading them', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'x.tar');
    const size = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0]).toString('latin1');
    writeFileSync(path, Buffer.concat([header('a', { size }), Buffer.alloc(512, 'x'), header('b')]));
    expect((await read(path)).members).toEqual({ a: 'x'.repeat(512), b: '' });
    // Eight gigabytes, of which the disk holds none.
    const large = join(folder, 'large.tar');
    const eight = 2 ** 33;
    const bytes = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]).toString('latin1');
    writeFileSync(large, header('large.bin', { size: bytes }));
    truncateSync(large, 512 + eight + 1024);
    const seen: number[] = [];
    await readTar(large, { onMember: async ({ size: found }) => void seen.push(found), onPassed: () => {} });
    expect(seen).toEqual([eight]);
  }));

it('passes over links, devices and files with holes, and leaves out hidden files', () =>
  inFolder(async (folder) => {
    const inside = join(folder, 'in');
    files(inside, { 'a.txt': 'a', '._a.txt': 'mac', '__MACOSX/b.txt': 'mac' });
    symlinkSync('/etc/passwd', join(inside, 'link.txt'));
    execFileSync('mkfifo', [join(inside, 'pipe')]);
    execFileSync('truncate', ['-s', '1M', join(inside, 'holes.bin')]);
    for (const format of ['gnu', 'pax']) {
      const path = join(folder, `${format}.tar`);
      pack(inside, path, `--format=${format}`, '--sparse', '.');
      const { members, passed } = await read(path);
      expect(members).toEqual({ 'a.txt': 'a' });
      expect(passed.map(([kind]) => kind).sort()).toEqual(['devices and pipes', 'files with holes', 'links']);
    }
  }));

it.each(['../../etc/passwd', '/etc/passwd', 'a/../../b', 'C:\\windows\\x'])('passes over the name %s', (name) =>
  inFolder(async (folder) => {
    const path = join(folder, 'x.tar');
    writeFileSync(path, Buffer.concat([header(name), header('fine'), Buffer.alloc(1024)]));
    const { members, passed } = await read(path);
    expect([members, passed]).toEqual([{ fine: '' }, [['names that lead out of the file', name]]]);
  }),
);

it('tells a file that is cut in a member, in a header, or between two members', () =>
  inFolder(async (folder) => {
    files(join(folder, 'in'), { 'a.txt': 'x'.repeat(2000), 'b.txt': 'b' });
    const path = join(folder, 'x.tar');
    pack(join(folder, 'in'), path, 'a.txt', 'b.txt');
    truncateSync(path, 512 + 2048 + 188);
    expect(await refusal(path)).toBe(
      'x.tar is cut short: a header at byte 2560 needs 512 bytes, and 188 are left.\nDownload or copy it again, and check that the disk is not full.',
    );
    truncateSync(path, 512 + 2048);
    expect((await read(path)).isWhole).toBe(false);
    truncateSync(path, 512 + 2010);
    expect(await refusal(path)).toContain(
      'x.tar is cut short: a member at byte 2048 needs 512 bytes, and 474 are left.',
    );
    truncateSync(path, 512 + 1000);
    expect(await refusal(path)).toBe(
      'x.tar is cut short: a.txt at byte 512 needs 2000 bytes, and 1000 are left.\nDownload or copy it again, and check that the disk is not full.',
    );
    truncateSync(path, 100);
    expect(await refusal(path)).toBe(
      'x.tar is not a tar file: it has 100 bytes, less than one header.\nCheck the path; `tar -tf` lists what is in a tar file.',
    );
  }));

it('refuses what is no tar file, and says what it is', () =>
  inFolder(async (folder) => {
    files(join(folder, 'in'), { 'a.txt': 'x'.repeat(2000) });
    const path = join(folder, 'x.tar');
    pack(join(folder, 'in'), path, '-z', 'a.txt');
    expect(await refusal(path)).toBe(
      'x.tar is not a tar file: it is compressed with gzip.\nA picture in the middle of it cannot be read by itself. Unpack it once: gunzip FILE.tar.gz.',
    );
    writeFileSync(path, 'PAR1'.padEnd(2000, 'x'));
    expect(await refusal(path)).toBe('x.tar is not a tar file: it is a Parquet file.\nWrite parquet("…").');
    writeFileSync(path, 'x'.repeat(2000));
    expect(await refusal(path)).toBe(
      'x.tar is not a tar file: the checksum of its first header does not fit.\nCheck the path; `tar -tf` lists what is in a tar file.',
    );
    writeFileSync(path, '');
    expect(await refusal(path)).toBe(
      'x.tar is not a tar file: it has 0 bytes, less than one header.\nCheck the path; `tar -tf` lists what is in a tar file.',
    );
  }));

it('tells where a file is damaged', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'x.tar');
    const end = Buffer.alloc(1024);
    const write = (...parts: Buffer[]): void => writeFileSync(path, Buffer.concat([...parts, end]));
    const flipped = header('b');
    flipped[3] ^= 1;
    write(header('a'), flipped);
    expect(await refusal(path)).toBe(
      'x.tar is damaged at byte 512: the checksum of the header there does not fit.\nDownload or copy it again.',
    );
    write(header('a', { size: '0000000zz00' }));
    expect(await refusal(path)).toBe(
      'x.tar is damaged at byte 0: the size of a is no number.\nDownload or copy it again.',
    );
    const negative = Buffer.alloc(12, 0xff).toString('latin1');
    write(header('a', { size: negative }));
    expect(await refusal(path)).toBe(
      'x.tar is damaged at byte 0: the size of a is no number.\nDownload or copy it again.',
    );
    // A name that claims more than any has, and facts that claim more than there are.
    write(header('long', { type: 'L', size: '00010000000' }), Buffer.alloc(2 ** 21));
    expect(await refusal(path)).toBe(
      'x.tar is damaged: the record of a name at byte 512 has 2097152 bytes; at most 1048576 are read.\nPack the files again.',
    );
    write(header('facts', { type: 'x', size: '00000001000' }), Buffer.from('99999 path=x\n'.padEnd(512, '\0')));
    expect(await refusal(path)).toBe(
      'x.tar is damaged at byte 512: the facts of a member cannot be read.\nDownload or copy it again.',
    );
    write(
      header('facts', { type: 'x', size: '00000000013' }),
      Buffer.from('11 size=-1\n\0'.padEnd(512, '\0')),
      header('a'),
    );
    expect(await refusal(path)).toBe('x.tar is damaged at byte 512: -1 is no size.\nDownload or copy it again.');
  }));
