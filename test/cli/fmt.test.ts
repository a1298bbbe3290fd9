import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder, root, weft } from '../support/weft';

const plain = '// A comment.\nblock F(x:[n,4])->[n,4]{\nreturn x+1 // more\n}\n';
const formatted = '// A comment.\nblock F(x: [n, 4]) -> [n, 4] {\n  return x + 1  // more\n}\n';

it('writes a file in the one way there is, comments kept, and does not touch it again', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'a.weft');
    writeFileSync(file, plain);
    expect(await weft(['fmt', file])).toMatchObject({ status: 0, stdout: `${file}: formatted\n` });
    expect(readFileSync(file, 'utf8')).toBe(formatted);
    expect(await weft(['fmt', file])).toMatchObject({ status: 0, stdout: '' });
  }));

it('names with --check the files that are not formatted, and changes nothing', () =>
  inFolder(async (folder) => {
    const [good, bad] = [join(folder, 'good.weft'), join(folder, 'bad.weft')];
    writeFileSync(good, formatted);
    writeFileSync(bad, plain);
    expect(await weft(['fmt', '--check', good, bad])).toMatchObject({ status: 1, stdout: `${bad}\n` });
    expect(readFileSync(bad, 'utf8')).toBe(plain);
    expect((await weft(['fmt', '--check', good])).status).toBe(0);
  }));

it('formats standard input to standard output', () => {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'bin/weft.js'), 'fmt', '-'], { input: plain });
  expect([status, stdout.toString()]).toEqual([0, formatted]);
});

it('writes through a link to the file that it names', () =>
  inFolder(async (folder) => {
    const [file, link] = [join(folder, 'a.weft'), join(folder, 'link.weft')];
    writeFileSync(file, plain);
    symlinkSync(file, link);
    expect((await weft(['fmt', link])).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(formatted);
  }));

it('leaves what it cannot read as it is, and says why', () =>
  inFolder(async (folder) => {
    const [broken, binary, inner] = ['broken.weft', 'binary.weft', 'inner'].map((name) => join(folder, name));
    writeFileSync(broken, 'block F(x: [n, 4] {\n');
    writeFileSync(binary, Buffer.from([0xff, 0xfe]));
    mkdirSync(inner);
    const wrong = await weft(['fmt', broken]);
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining('error missing-closing-bracket')]);
    expect(readFileSync(broken, 'utf8')).toBe('block F(x: [n, 4] {\n');
    expect((await weft(['fmt', binary])).stderr).toContain(`${binary} is not text in UTF-8.`);
    expect((await weft(['fmt', inner])).stderr).toContain(`Name its specs: weft fmt ${inner}/*.weft`);
    expect((await weft(['fmt', join(folder, 'none.weft')])).stderr).toContain('cannot be read');
  }));

it('formats every file, with its own status, where nobody reads its output any more', () =>
  inFolder((folder) => {
    const files = ['a', 'b', 'c'].map((name) => join(folder, `${name}.weft`));
    files.forEach((file, i) => writeFileSync(file, i < 2 ? plain : 'block {'));
    const script = 'set -o pipefail; "$0" "$@" 2> err | true';
    const args = ['-c', script, process.execPath, join(root, 'bin/weft.js'), 'fmt', ...files];
    const { status } = spawnSync('bash', args, { cwd: folder });
    const told = readFileSync(join(folder, 'err'), 'utf8');
    expect([status, files.slice(0, 2).map((file) => readFileSync(file, 'utf8'))]).toEqual([1, [formatted, formatted]]);
    expect(told).toContain('unexpected-token');
    expect(told).not.toContain('EPIPE');
    return Promise.resolve();
  }));
