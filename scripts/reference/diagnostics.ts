/** docs/diagnostics.md: every code with its title and the case that shows it. */
import { existsSync, readFileSync } from 'node:fs';
import { catalog } from '../../src/compiler/diagnostics/catalog';
import { elaborateCatalog } from '../../src/compiler/diagnostics/catalog/elaborate';
import { namesCatalog } from '../../src/compiler/diagnostics/catalog/names';
import { sectionsCatalog } from '../../src/compiler/diagnostics/catalog/sections';
import { syntaxCatalog } from '../../src/compiler/diagnostics/catalog/syntax';
import { code, heading } from './page';

const parts: readonly (readonly [string, object])[] = [
  ['Syntax', syntaxCatalog],
  ['Names', namesCatalog],
  ['Models', elaborateCatalog],
  ['Sections', sectionsCatalog],
];

export function diagnosticsPage(): string {
  const intro =
    'Each code is shown by a spec that is wrong, and by all that `weft check` says of it. `weft explain CODE` prints an entry.';
  const lines = [heading('Diagnostics', 'the catalog and its cases', intro)];
  for (const [title, part] of parts) {
    lines.push(`## ${title}\n`);
    for (const name of Object.keys(part).sort()) lines.push(entry(name as keyof typeof catalog));
  }
  return lines.join('\n');
}

function entry(name: keyof typeof catalog): string {
  const { title, severity } = catalog[name];
  const head = `### ${name}\n\n${severity === 'warning' ? 'Warning. ' : ''}${title}.\n`;
  const path = `test/diagnostics/cases/${name}`;
  if (!existsSync(`${path}.weft`)) return head;
  const [spec, said] = ['weft', 'txt'].map((kind) => readFileSync(`${path}.${kind}`, 'utf8'));
  return `${head}\n${code(spec)}\n\n${code(said, 'text')}\n`;
}
