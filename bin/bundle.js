/** Keeps bundles of this checkout's TypeScript current, so that no command needs a build step by hand. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package's package.json. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const bundles = join(root, '.cache', 'bundles');
const hour = 3_600_000;

/**
 * Packages that go into the bundle: pure JavaScript in so many files that reading them one by one is slow (chevrotain alone:
 * 200 ms instead of 9). All others stay in node_modules and are read when first used.
 */
const inlined = /^(chevrotain|@chevrotain\/|lodash-es|zod)/;

/** @type {import('esbuild').Plugin} */
const externalPackages = {
  name: 'external-packages',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || inlined.test(path) ? null : { path, external: true },
    );
  },
};

/** What every bundle of this project is made with: the development ones here and the published one. */
export const bundleOptions = {
  absWorkingDir: root,
  bundle: true,
  format: /** @type {const} */ ('esm'),
  platform: /** @type {const} */ ('node'),
  target: 'node20',
  splitting: true,
  sourcemap: true,
  logLevel: /** @type {const} */ ('silent'),
  plugins: [externalPackages],
};

/**
 * The path of a bundle of `entry` (`src/cli.ts`), made now unless one of the very same sources is there already. A bundle's
 * folder is named after its sources, so a newer one never replaces the files of a process that is still running.
 *
 * @param {string} entry path from the root
 * @param {readonly string[]} folders folders, from the root, that hold every source the entry reads
 * @returns {Promise<string>}
 */
export async function currentBundle(entry, folders) {
  const name = basename(entry).replace(/\.ts$/, '');
  const folder = join(bundles, `${name}-${fingerprint(entry, folders)}`);
  const file = join(folder, `${name}.js`);
  if (!existsSync(file)) await build(entry, folder);
  return file;
}

/** Builds beside the final folder and renames, so that processes which start together do not see half a bundle. */
async function build(entry, folder) {
  const { build: bundle } = await import('esbuild');
  const temporary = `${folder}.${process.pid}`;
  try {
    await bundle({ ...bundleOptions, entryPoints: [entry], outdir: temporary });
    publish(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  removeOld();
}

function publish(temporary, folder) {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    // Another process was first; its bundle is of the same sources.
    if (!existsSync(folder)) throw error;
  }
}

/** Half a day is kept, for long runs that have yet to read a part of theirs. */
function removeOld() {
  for (const name of readdirSync(bundles)) {
    const path = join(bundles, name);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - made > 12 * hour) rmSync(path, { recursive: true, force: true });
  }
}

/** A digest of every source's path, size and time of change, and of what else decides the bundle. */
function fingerprint(entry, folders) {
  const hash = createHash('sha256').update(entry);
  for (const path of ['package-lock.json', 'bin/bundle.js']) hash.update(stamp(join(root, path)));
  for (const folder of folders) addFolder(hash, join(root, folder));
  return hash.digest('hex').slice(0, 16);
}

function addFolder(hash, folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) addFolder(hash, path);
    else if (/\.(ts|js|mjs|json)$/.test(entry.name)) hash.update(stamp(path));
  }
}

function stamp(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  return `${path}\0${stats?.size}\0${stats?.mtimeMs}\n`;
}
