/** Makes what is published, in dist/: the library and the command line as ES modules, and the library's types. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { bundleOptions, root } from '../bin/bundle.js';

const dist = join(root, 'dist');
const entries = ['src/index.ts', 'src/cli.ts', 'src/prettier-plugin.ts'];
rmSync(dist, { recursive: true, force: true });
await build({ ...bundleOptions, logLevel: 'warning', entryPoints: entries, outdir: dist });
const types = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'];
const { status } = spawnSync(process.execPath, types, { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
const opaque = join(dist, 'types', 'opaque');
copyFileSync(join(root, 'scripts', 'opaque.d.ts'), `${opaque}.d.ts`);
for (const name of readdirSync(join(dist, 'types'), { recursive: true, encoding: 'utf8' }))
  if (name.endsWith('.d.ts')) nameFiles(join(dist, 'types', name));

/**
 * Node's own resolution, which TypeScript follows under `nodenext`, wants relative imports to name files. Packages whose own
 * declarations do not hold under every TypeScript are not named: what Weft says of their types is opaque.
 */
function nameFiles(path) {
  const text = readFileSync(path, 'utf8').replace(
    /(['"])(@tensorflow\/tfjs-core|onnx-proto)\1/g,
    (_, quote) => `${quote}${relative(dirname(path), opaque)}${quote}`,
  );
  const named = text.replace(/(\bfrom |\bimport\(|\bimport )(['"])(\.[^'"]*)\2/g, (_, before, quote, specifier) => {
    const isFile = existsSync(join(dirname(path), `${specifier}.d.ts`));
    return `${before}${quote}${specifier}${isFile ? '' : '/index'}.js${quote}`;
  });
  writeFileSync(path, named);
}
