/** Every value that a source file exports is imported by another file, so that nothing is dead, or was left out of its index. */
import { expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const folders = ['src', 'test', 'scripts', 'bench', 'fuzz', 'grammar', 'examples'];
/** What is for users of the package. */
const entrances = ['src/index.ts', 'src/prettier-plugin.ts', 'src/cli.ts'];

const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => join(folder, path)),
);
const trees = new Map(
  files.map((path) => [path, ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)]),
);

/** `file name` of every export that is imported; `file *` where all of a file's are. */
const used = new Set([...trees].flatMap(([path, tree]) => importsOf(path, tree)));

function importsOf(path: string, tree: ts.SourceFile): string[] {
  const found: string[] = [];
  const take = (specifier: ts.Node | undefined, names: readonly string[]): void => {
    const target = specifier && ts.isStringLiteral(specifier) ? targetOf(path, specifier.text) : null;
    if (target) found.push(...names.map((name) => `${target} ${name}`));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) take(node.moduleSpecifier, namesOf(node.importClause?.namedBindings));
    if (ts.isExportDeclaration(node)) take(node.moduleSpecifier, namesOf(node.exportClause));
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      take(node.arguments[0], ['*']);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) take(node.argument.literal, ['*']);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** The names that an import takes; all of them where it names the module. */
function namesOf(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): string[] {
  if (!bindings || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return ['*'];
  return [...bindings.elements].map(({ name, propertyName }) => (propertyName ?? name).text);
}

function targetOf(from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const path = join(dirname(from), specifier);
  return [`${path}.ts`, join(path, 'index.ts'), path].find((file) => file.endsWith('.ts') && existsSync(file)) ?? null;
}

/** Values alone: types are exported for the sake of the signatures that name them. */
function exportsOf(tree: ts.SourceFile): string[] {
  return tree.statements.flatMap((s) => {
    if (!ts.canHaveModifiers(s) || !ts.getModifiers(s)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isVariableStatement(s)) return s.declarationList.declarations.map((d) => (d.name as ts.Identifier).text);
    return (ts.isFunctionDeclaration(s) || ts.isClassDeclaration(s)) && s.name ? [s.name.text] : [];
  });
}

it('exports no value that no other file imports', () => {
  const dead = [...trees]
    .filter(([path]) => path.startsWith('src/') && !entrances.includes(path) && !used.has(`${path} *`))
    .flatMap(([path, tree]) => exportsOf(tree).map((name) => `${path} ${name}`))
    .filter((name) => !used.has(name));
  expect(dead).toEqual([]);
});
