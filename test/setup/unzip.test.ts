import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { zipSync } from 'fflate';
import { readZipText, unzip } from '../../src/setup/unzip';
import { suiteFolder } from '../support/folder';

const folder = suiteFolder();

/** Noise does not compress, so this entry takes the path of large ones. */
const large = Uint8Array.from({ length: 1_500_000 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
const text = new TextEncoder().encode('Requires-Dist: numpy\n'.repeat(50));

function archive(name: string, entries: Parameters<typeof zipSync>[0]): string {
  const path = join(folder, name);
  writeFileSync(path, zipSync(entries));
  return path;
}

it('unpacks the chosen entries, compressed or stored, small or large', async () => {
  const zip = archive('a.zip', {
    'a/text': text,
    'a/large': large,
    'a/stored': [large, { level: 0 }],
    'b/other': text,
  });
  const target = join(folder, 'out');
  let bytes = 0;
  const names = await unzip(
    zip,
    target,
    (name) => name.startsWith('a/'),
    (count) => (bytes += count),
  );
  expect(names.sort()).toEqual(['a/large', 'a/stored', 'a/text']);
  expect(bytes).toBe(text.length + 2 * large.length);
  expect(readFileSync(join(target, 'a/text')).equals(text)).toBe(true);
  expect(readFileSync(join(target, 'a/large')).equals(large)).toBe(true);
  expect(readFileSync(join(target, 'a/stored')).equals(large)).toBe(true);
  expect(existsSync(join(target, 'b'))).toBe(false);
});

it('keeps a program executable, and nothing else', async () => {
  const unix = (mode: number) => ({ os: 3, attrs: mode << 16 });
  const zip = archive('modes.zip', {
    'bin/ptxas': [large, unix(0o100755)],
    'bin/short': [text, unix(0o100755)],
    'lib/data': [text, unix(0o100644)],
    'lib/elsewhere': text,
  });
  const target = join(folder, 'modes');
  await unzip(zip, target, () => true);
  const modes = ['bin/ptxas', 'bin/short', 'lib/data', 'lib/elsewhere'].map(
    (f) => statSync(join(target, f)).mode & 0o111,
  );
  expect(modes).toEqual([0o111, 0o111, 0, 0]);
});

it('reads the text of one entry', async () => {
  const zip = archive('b.zip', { 'x.dist-info/METADATA': text });
  expect(await readZipText(zip, (name) => name.endsWith('METADATA'))).toBe(new TextDecoder().decode(text));
  expect(await readZipText(zip, (name) => name === 'absent')).toBeNull();
});

it('refuses a file that was cut short', async () => {
  const zip = archive('c.zip', { large });
  truncateSync(zip, 700_000);
  await expect(unzip(zip, join(folder, 'cut'), () => true)).rejects.toThrow('not a whole zip file');
});

it('refuses an entry that points outside the folder', async () => {
  const zip = archive('d.zip', { '../escaped': text });
  await expect(unzip(zip, join(folder, 'inside'), () => true)).rejects.toThrow('points outside');
  expect(existsSync(join(folder, 'escaped'))).toBe(false);
});
