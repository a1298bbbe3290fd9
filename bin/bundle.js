/** Keeps bundles of this checkout's TypeScript current, so that no command needs a build step by hand. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
    // Examples import the library by its name, as its users do.
    build.onResolve({ filter: /^weft$/ }, () => ({ path: join(root, 'src', 'index.ts') }));
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
  // The library's objectives and optimisers go into the bundle as they are written.
  loader: /** @type {const} */ ({ '.weft': 'text' }),
  logLevel: /** @type {const} */ ('silent'),
  plugins: [externalPackages],
};

/**
 * The path of a bundle of `entry` (`src/cli.ts`, from the root), made now unless the newest one is of the very same sources. A
 * bundle's folder is named after its sources, so a newer one never replaces the files of a process that is still running.
 *
 * @param {string} entry path from the root
 * @returns {Promise<string>}
 */
export async function currentBundle(entry) {
  const name = basename(entry).replace(/\.ts$/, '');
  const record = join(bundles, `${name}-${digest([entry])}.json`);
  return recorded(record) ?? (await build(entry, name, record));
}

/** The bundle that a record names, if everything that went into it is as it was. */
function recorded(record) {
  try {
    const { inputs, stamps, file } = JSON.parse(readFileSync(record, 'utf8'));
    return existsSync(file) && stampsOf(inputs) === stamps ? file : null;
  } catch {
    return null;
  }
}

/** Builds beside the final folder and renames, so that processes which start together do not see half a bundle. */
async function build(entry, name, record) {
  const { build: bundle } = await import('esbuild');
  const temporary = join(bundles, `${name}.${process.pid}`);
  try {
    const options = { ...bundleOptions, entryPoints: [entry], outdir: temporary, metafile: true };
    const started = Date.now();
    const { metafile } = await bundle(options);
    const own = Object.keys(metafile.inputs).filter((path) => !path.startsWith('node_modules/'));
    const inputs = own.map((path) => join(root, path));
    const stamps = stampsOf(inputs);
    const folder = join(bundles, `${name}-${digest([entry, stamps])}`);
    publish(temporary, folder);
    const file = join(folder, `${name}.js`);
    // What was saved during the build may or may not be in it: without a record the next start builds again.
    if (!inputs.some((path) => changedAfter(path, started))) writeRecord(record, { file, stamps, inputs });
    removeOld();
    return file;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function writeRecord(record, facts) {
  const temporary = `${record}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(facts));
  renameSync(temporary, record);
}

function changedAfter(path, time) {
  const stats = statSync(path, { throwIfNoEntry: false });
  return !stats || stats.mtimeMs > time;
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

/**
 * What decides a bundle, as a digest: Node, the installed packages (by npm's own record), these options, and every file of this
 * project that went in, with its folder, whose time of change says when a file appears that an import may now mean.
 */
function stampsOf(inputs) {
  const others = ['package.json', 'bin/bundle.js', 'node_modules/.package-lock.json'];
  const paths = new Set(others.map((path) => join(root, path)));
  for (const path of inputs) paths.add(path).add(dirname(path));
  return digest([process.version, ...[...paths].map(stamp)]);
}

function stamp(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  return `${path} ${stats?.size} ${stats?.mtimeMs} ${stats?.isDirectory() ? '' : stats?.ctimeMs}`;
}

function digest(parts) {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}
