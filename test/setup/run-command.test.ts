import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { buildSync } from 'esbuild';
import { runCommand } from '../../src/setup/run-command';
import { suiteFolder } from '../support/folder';
import { root } from '../support/weft';

const folder = suiteFolder();
const itOnLinux = process.platform === 'linux' ? it : it.skip;

it('gives status, output and errors', async () => {
  const script = 'console.log("out"); console.error("err"); process.exit(3)';
  expect(await runCommand(process.execPath, ['-e', script])).toEqual({ status: 3, stdout: 'out\n', stderr: 'err\n' });
});

it('answers where there is no such program', async () => {
  expect(await runCommand('/nonexistent/program', [])).toMatchObject({
    status: null,
    stderr: expect.stringContaining('ENOENT'),
  });
});

itOnLinux('ends a program that runs out of time, and what that one started', async () => {
  const pid = join(folder, 'slow');
  const result = await runCommand('sh', ['-c', `sleep 60 & echo $! > ${pid}; wait`], { timeoutMs: 500 });
  expect(result.status).toBeNull();
  expect(await gone(pid)).toBe(true);
});

// The program itself sends the signal as soon as it runs, when whoever started it may not yet know its number.
itOnLinux.each(['INT', 'TERM'] as const)('ends what it started when SIG%s ends it', async (name) => {
  const pid = join(folder, name);
  const program = join(folder, `${name}.mjs`);
  const code = `import { runCommand } from './src/setup/run-command';
    void runCommand('sh', ['-c', 'sleep 60 & echo $! > ${pid}; kill -${name} $PPID; wait']);`;
  const { outputFiles } = buildSync({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    ...{ bundle: true, format: 'esm', platform: 'node', write: false },
  });
  writeFileSync(program, outputFiles[0].contents);
  const child = spawn(process.execPath, [program], { stdio: 'ignore' });
  const ended = await new Promise((done) => child.on('exit', (_, by) => done(by)));
  expect(ended).toBe(`SIG${name}`);
  expect(await gone(pid)).toBe(true);
});

/** Whether the process whose number the file holds ends soon; one that nobody has asked about since counts as ended. */
async function gone(file: string): Promise<boolean> {
  const status = `/proc/${readFileSync(file, 'utf8').trim()}/status`;
  return until(() => !existsSync(status) || /^State:\s+Z/m.test(readFileSync(status, 'utf8')));
}

async function until(condition: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 200 && !condition(); tries++) await new Promise((next) => setTimeout(next, 50));
  return condition();
}
