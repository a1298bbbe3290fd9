/** Every source file that holds behaviour has a test of its path, or its head names the test that covers it. */
import { expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .map((path) => ({ path, text: readFileSync(join('src', path), 'utf8') }));

/** Whether a file does anything itself: types, imports and names handed on are nothing to test. */
function holdsBehaviour(text: string): boolean {
  return ts.createSourceFile('', text, ts.ScriptTarget.Latest).statements.some((s) => {
    const isTypeOnly = ts.isInterfaceDeclaration(s) || ts.isTypeAliasDeclaration(s);
    return !isTypeOnly && !ts.isImportDeclaration(s) && !ts.isExportDeclaration(s);
  });
}

/** The test that is named below a file's first comment: `// Tested by test/ops/conformance.test.ts.` */
function namedTest(text: string): string | null {
  return /^\/\*\*.*?\*\/\n\/\/ Tested by (\S+\.test\.ts)\.\n/s.exec(text)?.[1] ?? null;
}

function testOf(path: string): string {
  return join('test', path.replace(/\.ts$/, '.test.ts'));
}

it('has a test for every file that does anything', () => {
  const untested = sources
    .filter(({ path, text }) => holdsBehaviour(text) && !existsSync(testOf(path)) && namedTest(text) === null)
    .map(({ path }) => path);
  expect(untested).toEqual([]);
});

it('names tests that there are, and none beside a test of the same path', () => {
  const wrong = sources.filter(({ path, text }) => {
    const test = namedTest(text);
    return test !== null && (!existsSync(test) || existsSync(testOf(path)));
  });
  expect(wrong.map(({ path }) => path)).toEqual([]);
});
