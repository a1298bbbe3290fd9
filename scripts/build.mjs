/** Makes what is published, in dist/: the library and the command line as ES modules, and the library's types. */
import { rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleOptions, root } from '../bin/bundle.js';

const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });
await build({ ...bundleOptions, logLevel: 'warning', entryPoints: ['src/index.ts', 'src/cli.ts'], outdir: dist });
const types = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'];
process.exitCode = spawnSync(process.execPath, types, { cwd: root, stdio: 'inherit' }).status ?? 1;
