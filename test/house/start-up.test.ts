/** What the command line loads before it knows the command: nothing that only some commands need, for every start waits for it. */
import { expect, it } from '@jest/globals';
import { build, type BuildOptions, type Metafile } from 'esbuild';
import { resolve } from 'node:path';

it('loads no library of weights, tables or schemas at its start', async () => {
  const metafile = await bundled();
  const loaded = loadedAtStart(metafile, 'src/cli.ts');
  expect(loaded).toContain('src/compiler/syntax/parse.ts');
  const late =
    /^(node_modules\/zod|src\/(data\/(safetensors|checkpoints|np[yz])|score\/(evaluate|metrics)|backends\/(onnx|tensorflow|portable|pytorch)|train)\b)/;
  expect(loaded.filter((path) => late.test(path))).toEqual([]);
});

it('bundles only what is used of zod', async () => {
  const metafile = await bundled();
  const kept = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const bytes = kept.reduce((sum, [path, { bytesInOutput }]) => sum + (path.includes('/zod/') ? bytesInOutput : 0), 0);
  expect(bytes).toBeGreaterThan(0);
  expect(
    kept.filter(([path, { bytesInOutput }]) => /zod\/.*\/locales\/(?!en\.|index)/.test(path) && bytesInOutput > 0),
  ).toEqual([]);
});

/** What goes into the bundles of the command line. */
async function bundled(): Promise<Metafile> {
  const { bundleOptions } = (await import(resolve('bin/bundle.js'))) as { bundleOptions: BuildOptions };
  const options: BuildOptions = { ...bundleOptions, entryPoints: ['src/cli.ts'], outdir: 'unused', write: false };
  const { metafile } = await build({ ...options, metafile: true });
  return metafile;
}

/** Paths that an entry imports without `import()`, and what those import. */
function loadedAtStart({ inputs }: Metafile, entry: string): readonly string[] {
  const found = new Set([entry]);
  for (const path of found)
    for (const { path: next, kind, external } of inputs[path].imports)
      if (kind === 'import-statement' && !external) found.add(next);
  return [...found];
}
