/** package.json declares what is imported, and nothing that nobody uses. */
import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';

const declared: { readonly [kind: string]: { readonly [name: string]: string } } = JSON.parse(
  readFileSync('package.json', 'utf8'),
);
const { dependencies, devDependencies, peerDependencies } = declared;
const source = ['src', 'grammar'].flatMap(filesOf);
const others = ['test', 'bench', 'fuzz', 'scripts', 'examples'].flatMap(filesOf);
const itself = join('test', 'package', 'dependencies.test.ts');
const settings = readdirSync('.').filter(
  (name) => /\.(js|json)$|^\.prettierrc/.test(name) && name !== 'package-lock.json',
);

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|js|mjs|cjs)$/.test(path) && !/(^|\/)(\.|node_modules\/)/.test(path))
    .map((path) => join(folder, path));
}

/** The packages that a file imports. */
function packagesOf(path: string): string[] {
  const names = ts.preProcessFile(readFileSync(path, 'utf8'), true, true).importedFiles.map((f) => f.fileName);
  return names
    .filter((name) => /^[@a-z]/.test(name) && !name.startsWith('node:') && !builtinModules.includes(name))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
}

it('declares every package that is imported', () => {
  const known = new Set(['weft', ...Object.keys({ ...dependencies, ...devDependencies })]);
  const unknown = [...source, ...others].flatMap((path) =>
    packagesOf(path)
      .filter((name) => !known.has(name))
      .map((name) => `${path}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

it('installs for users what the source imports, unless it is bundled, fetched on first use, or only a type', () => {
  const bundled = ['chevrotain', 'zod'];
  const types = ['prettier'];
  const expected = new Set([...Object.keys({ ...dependencies, ...peerDependencies }), ...bundled, ...types]);
  expect(source.flatMap(packagesOf).filter((name) => !expected.has(name))).toEqual([]);
});

it('uses every package that is declared', () => {
  const { scripts } = declared;
  const text = [...source, ...others, ...settings.filter((name) => name !== 'package.json')]
    .filter((path) => path !== itself)
    .map((path) => readFileSync(path, 'utf8'))
    .concat(Object.values(scripts))
    .join('\n');
  const unused = Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })
    .filter((name) => !name.startsWith('@types/'))
    .filter((name) => !new RegExp(`(['"/ ]|^)${name}(['"/ ]|$)`, 'm').test(text));
  expect(unused).toEqual([]);
});
