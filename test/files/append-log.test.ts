import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { AppendLog } from '../../src/files/append-log';
import { failureOf } from '../support/failure';
import { inFolder } from '../support/weft';

it('keeps records until it is flushed, and appends to what is there', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'log');
    for (const text of ['one ', 'two ']) {
      const log = new AppendLog(path);
      await log.add(Buffer.from(text));
      await log.add(Buffer.from(text));
      expect(existsSync(path)).toBe(text === 'two ');
      await log.sync();
    }
    expect(readFileSync(path, 'utf8')).toBe('one one two two ');
  }));

it('writes at least once a second while records come', () =>
  inFolder(async (folder) => {
    const log = new AppendLog(join(folder, 'log'));
    await new Promise((resume) => setTimeout(resume, 1010));
    await log.add(Buffer.from('late'));
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('late');
  }));

it('says that its folder is gone', () =>
  inFolder(async (folder) => {
    const log = new AppendLog(join(folder, 'gone', 'log'));
    await log.add(Buffer.from('x'));
    expect(await failureOf(() => log.flush())).toMatch('is gone');
  }));

// The limit of a shell stands for a disk that is full.
(process.platform === 'win32' ? it.skip : it)('leaves whole records alone where there is no room for the next', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'log');
    const script = 'node scripts/run-ts.mjs test/support/outgrow-log.ts';
    // Bundled before, for the bundle may be larger than what is allowed.
    const { status } = spawnSync('bash', ['-c', `${script} "$0"`, path]);
    expect(status).toBe(0);
    rmSync(path);
    const { stdout } = spawnSync('bash', ['-c', `ulimit -f 1000 && ${script} "$0"`, path], { encoding: 'utf8' });
    expect(stdout).toMatch('grows larger than its file system allows');
    const text = readFileSync(path, 'utf8');
    expect(text).toMatch(/^A+B+C+small$/);
    expect(text.length).toBe(900_005);
  }),
);
