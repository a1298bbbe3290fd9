import { expect, it } from '@jest/globals';
import { loadSpec } from '../../../src/compiler/link/load';

function load(files: { readonly [path: string]: string }, shipped: readonly string[] = []) {
  const asked: string[] = [];
  const read = (path: string): string | null => (asked.push(path), files[path] ?? null);
  return { ...loadSpec('specs/main.weft', read, shipped), asked };
}

it('takes relative imports from the importing file and shipped ones from std', () => {
  const { files, diagnostics } = load({
    'specs/main.weft': 'import { A } from "./parts/a"\nimport { N as M } from "std/nn"\nblock B(x) { A(M(x)) }',
    'specs/parts/a.weft': 'import { C } from "../c.weft"\nblock A(x) { C(x) }',
    'specs/c.weft': 'block C(x) { x }',
    'std/nn': 'import { O } from "./other"\nblock N(x) { O(x) }',
    'std/other': 'block O(x) { x }',
  });
  expect(diagnostics).toEqual([]);
  expect(files.map((f) => f.source.path)).toEqual([
    'specs/main.weft',
    'specs/parts/a.weft',
    'specs/c.weft',
    'std/nn',
    'std/other',
  ]);
  expect(
    [...files[0].visible].map(([name, v]) => `${name}=${v.declaration.name.name} of ${v.file.source.path}`),
  ).toEqual(['B=B of specs/main.weft', 'A=A of specs/parts/a.weft', 'M=N of std/nn']);
});

it('reads a file once however often it is imported', () => {
  const { asked } = load({
    'specs/main.weft': 'import { A } from "./a"\nimport { B } from "./b"\nblock M(x) { A(B(x)) }',
    'specs/a.weft': 'import { B } from "./b"\nblock A(x) { B(x) }',
    'specs/b.weft': 'block B(x) { x }',
  });
  expect(asked).toEqual(['specs/main.weft', 'specs/a.weft', 'specs/b.weft']);
});

it('still links names in a circle of imports', () => {
  const { files, diagnostics } = load({
    'specs/main.weft': 'import { A } from "./a"\nblock M(x) { A(x) }',
    'specs/a.weft': 'import { M } from "./main"\nblock A(x) { M(x) }',
  });
  expect(diagnostics.map((d) => d.message)).toEqual([
    'These imports form a circle: specs/main.weft → specs/a.weft → specs/main.weft.',
  ]);
  expect([...files[1].visible.keys()]).toEqual(['A', 'M']);
});

it('says when the file itself is not there', () => {
  const { files, diagnostics } = load({});
  expect(files).toEqual([]);
  expect(diagnostics).toMatchObject([{ code: 'file-not-found', message: 'There is no file specs/main.weft.' }]);
});

it.each(['../../etc', 'std/../../secret', '/etc/passwd', 'std//x', ''])(
  'never asks for anything but specs: %p',
  (path) => {
    const { asked } = load({ 'specs/main.weft': `import { A } from "${path}"` });
    expect(asked.slice(1).filter((p) => !/^(std\/\w+|[\w./]+\.weft)$/.test(p) || /std\/.*\.\./.test(p))).toEqual([]);
  },
);

it('finds the shipped file that declares a name', () => {
  const { locate } = load({ 'specs/main.weft': '', 'std/a': 'block Attend(x) { x }', 'std/b': 'block At(x) { x }' }, [
    'std/a',
    'std/b',
  ]);
  expect([locate('At'), locate('Attend'), locate('No')]).toEqual(['std/b', 'std/a', null]);
});
