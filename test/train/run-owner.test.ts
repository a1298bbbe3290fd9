import { expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dropLeftovers, ownRun } from '../../src/train/run-owner';
import { failureOf } from '../support/failure';
import { inFolder } from '../support/weft';

it('lets one process own a run, and names it to the next', () =>
  inFolder(async (home) => {
    const owner = await ownRun(join(home, 'run'));
    expect(await failureOf(() => ownRun(join(home, 'run')))).toMatch(`is being trained by process ${process.pid}`);
    owner.release();
    (await ownRun(join(home, 'run'))).release();
  }));

it('leaves nothing of a run that never began, and everything that lay there before', () =>
  inFolder(async (home) => {
    const made = await ownRun(join(home, 'a', 'b', 'run'));
    mkdirSync(made.paths.checkpoints);
    writeFileSync(made.paths.record, '{}');
    await made.abandon();
    expect(readdirSync(home)).toEqual([]);

    mkdirSync(join(home, 'run'));
    for (const name of ['run.json', 'mine.txt']) writeFileSync(join(home, 'run', name), '');
    const standing = await ownRun(join(home, 'run'));
    writeFileSync(standing.paths.metrics, '');
    await standing.abandon();
    expect(readdirSync(join(home, 'run')).sort()).toEqual(['mine.txt', 'run.json']);
  }));

it('says nothing of its own where the folder is gone', () =>
  inFolder(async (home) => {
    const owner = await ownRun(join(home, 'run'));
    rmSync(join(home, 'run'), { recursive: true });
    await owner.abandon();
    owner.release();
    expect(existsSync(join(home, 'run'))).toBe(false);
  }));

it('removes what killed writers left, and nothing of writers at work', () =>
  inFolder(async (home) => {
    const { paths, release } = await ownRun(join(home, 'run'));
    mkdirSync(join(paths.checkpoints, '.step-000004.999999999-0123abcd.tmp'), { recursive: true });
    mkdirSync(join(paths.checkpoints, 'step-000002'));
    writeFileSync(join(home, 'run', '.run.json.999999999-0123abcd.tmp'), '');
    writeFileSync(join(home, 'run', `.x.png.${process.ppid}-0123abcd.tmp`), '');
    writeFileSync(join(home, 'run', '.hidden'), '');
    await dropLeftovers(paths);
    expect(readdirSync(paths.checkpoints)).toEqual(['step-000002']);
    expect(readdirSync(join(home, 'run')).sort()).toEqual(
      ['.hidden', '.lock', `.x.png.${process.ppid}-0123abcd.tmp`, 'checkpoints'].sort(),
    );
    release();
  }));
