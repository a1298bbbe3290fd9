/** What the command line loads before it knows the command: nothing that only some commands need, for every start waits for it. */
import { expect, it } from '@jest/globals';
import { build, type Metafile } from 'esbuild';
import { bundleOptions } from '../../bin/bundle.js';

it('loads no library of weights, tables or schemas at its start', async () => {
  const { metafile } = await build({
    ...bundleOptions,
    entryPoints: ['src/cli.ts'],
    outdir: 'unused',
    metafile: true,
    write: false,
  });
  const loaded = loadedAtStart(metafile, 'src/cli.ts');
  expect(loaded).toContain('src/compiler/syntax/parse.ts');
  const late =
    /^(node_modules\/zod|src\/(data\/(safetensors|checkpoints|np[yz])|score\/(evaluate|metrics)|backends\/(onnx|tensorflow|portable|pytorch)|train)\b)/;
  expect(loaded.filter((path) => late.test(path))).toEqual([]);
});

it('bundles only what is used of zod', async () => {
  const { metafile } = await build({
    ...bundleOptions,
    entryPoints: ['src/cli.ts'],
    outdir: 'unused',
    metafile: true,
    write: false,
  });
  const kept = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const bytes = kept.reduce((sum, [path, { bytesInOutput }]) => sum + (path.includes('/zod/') ? bytesInOutput : 0), 0);
  expect(bytes).toBeGreaterThan(0);
  expect(
    kept.filter(([path, { bytesInOutput }]) => /zod\/.*\/locales\/(?!en\.|index)/.test(path) && bytesInOutput > 0),
  ).toEqual([]);
});

/** Paths that an entry imports without `import()`, and what those import. */
function loadedAtStart({ inputs }: Metafile, entry: string): readonly string[] {
  const found = new Set([entry]);
  for (const path of found)
    for (const { path: next, kind, external } of inputs[path].imports)
      if (kind === 'import-statement' && !external) found.add(next);
  return [...found];
}
