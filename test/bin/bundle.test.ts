import { beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suiteFolder } from '../support/folder';

/** A checkout of two small sources that runs by the project's own scripts. */
const home = suiteFolder();
const past = new Date(Date.now() - 3_600_000);

function write(path: string, text: string): void {
  writeFileSync(join(home, path), text);
  utimesSync(join(home, path), past, past);
}

/** What the entry prints. */
function run(cwd = home): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['scripts/run-ts.mjs', 'tools/entry.ts'], {
    cwd,
    encoding: 'utf8',
  });
  return stdout || stderr;
}

beforeAll(() => {
  for (const folder of ['bin', 'scripts', 'tools', 'lib']) mkdirSync(join(home, folder));
  cpSync('bin/bundle.js', join(home, 'bin', 'bundle.js'));
  cpSync('scripts/run-ts.mjs', join(home, 'scripts', 'run-ts.mjs'));
  symlinkSync(resolve('node_modules'), join(home, 'node_modules'));
  write('package.json', '{ "type": "module", "version": "1.0.0" }');
  write('lib/index.ts', `export const part = 'one';`);
  write(
    'tools/entry.ts',
    `import { part } from '../lib/index';\nimport { version } from '../package.json';\nconsole.log(part, version);`,
  );
});

const changes: { readonly [what: string]: { readonly change: () => void; readonly prints: string } } = {
  'an input far from the entry': {
    change: () => write('lib/index.ts', `export const part = 'two';`),
    prints: 'two 1.0.0',
  },
  'the entry': {
    change: () =>
      write('tools/entry.ts', readFileSync(join(home, 'tools/entry.ts'), 'utf8').replace('(part,', `('at', part,`)),
    prints: 'at two 1.0.0',
  },
  'the version of the package': {
    change: () => write('package.json', '{ "type": "module", "version": "1.0.1" }'),
    prints: 'at two 1.0.1',
  },
  'an input, for one of the same size and time': {
    change: () => {
      write('lib/other.ts', `export const part = 'six';`);
      renameSync(join(home, 'lib/other.ts'), join(home, 'lib/index.ts'));
    },
    prints: 'at six 1.0.1',
  },
};

it('says why its first build failed', () => {
  const fresh = join(home, 'fresh');
  mkdirSync(fresh);
  for (const part of ['bin', 'scripts', 'tools', 'lib', 'package.json'])
    cpSync(join(home, part), join(fresh, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(fresh, 'node_modules'));
  writeFileSync(join(fresh, 'lib/index.ts'), `export const part = ;`);
  const failed = run(fresh);
  expect(failed).toContain('Unexpected ";"');
  expect(failed).toContain('lib/index.ts:1:20');
  expect(failed).not.toContain('ENOENT');
});

it('is current after each change', () => {
  expect(run()).toBe('one 1.0.0\n');
  for (const [what, { change, prints }] of Object.entries(changes)) {
    change();
    expect([what, run()]).toEqual([what, `${prints}\n`]);
  }
});

it('is not made again while nothing changes', () => {
  run();
  const bundles = join(home, '.cache', 'bundles');
  const listed = () => spawnSync('ls', ['-i', '--time-style=full-iso', '-l', bundles], { encoding: 'utf8' }).stdout;
  const before = listed();
  run();
  expect(listed()).toBe(before);
});
