/** No files of the source import each other in a circle, but for types: what such files do would depend on which is loaded first. */
import { expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const files = ['src', 'grammar'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => join(folder, path)),
);
const imports = new Map(files.map((path) => [path, importsOf(path)]));

/** The files that one imports or hands on, with more than their types, when it is loaded. */
function importsOf(path: string): string[] {
  const { statements } = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  return statements.flatMap((s) => {
    if ((!ts.isImportDeclaration(s) && !ts.isExportDeclaration(s)) || isTypeOnly(s)) return [];
    const from = s.moduleSpecifier;
    if (!from || !ts.isStringLiteral(from) || !from.text.startsWith('.')) return [];
    const base = join(dirname(path), from.text);
    return [`${base}.ts`, join(base, 'index.ts')].filter((file) => existsSync(file)).slice(0, 1);
  });
}

function isTypeOnly(s: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  const clause = ts.isImportDeclaration(s) ? s.importClause : s;
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const names = ts.isImportClause(clause) ? clause.namedBindings : clause.exportClause;
  const hasDefault = ts.isImportClause(clause) && clause.name !== undefined;
  if (hasDefault || !names || !(ts.isNamedImports(names) || ts.isNamedExports(names))) return false;
  return names.elements.length > 0 && names.elements.every((e) => e.isTypeOnly);
}

it('imports in one direction', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) circles.push([...trail.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of files) visit(path, []);
  expect(circles).toEqual([]);
});
