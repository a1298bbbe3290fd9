/** `weft explain NAME`: an entry of the reference, as the pages in docs/ have it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { suggest } from '../compiler/diagnostics/suggest';
import { packageRoot } from '../files/package-root';

/** Pages of the reference in the order in which entries are shown. */
const pages = ['words', 'settings', 'diagnostics'] as const;

interface Entry {
  readonly name: string;
  readonly page: string;
  readonly text: string;
}

export function registerExplain(program: Command): void {
  program
    .command('explain')
    .description('explain a keyword or word of the language, a setting, or the code of a message')
    .argument('<name>', 'such as given, rearrange, optimizer, adamw or shape-mismatch')
    .addHelpText(
      'after',
      `
The whole reference is in docs/: words.md, settings.md, diagnostics.md.

Examples:
  weft explain given
  weft explain rearrange
  weft explain optimizer
  weft explain shape-mismatch`,
    )
    .action((name: string) => console.log(explain(name)));
}

/** All entries of a name, as plain text. A choice such as `adamw` is explained by the settings that take it. */
export function explain(name: string): string {
  const entries = pages.flatMap(readEntries);
  const own = entries.filter((e) => e.name === name);
  const asChoice = entries.filter((e) => e.text.includes(`\n| \`${name}\` |`));
  const others = asChoice.filter((e) => e.page === 'settings' && own.every(({ page }) => page !== e.page));
  const found = own.length > 0 ? [...own, ...others] : asChoice;
  if (found.length > 0) return found.map(({ page, text }) => `${title(page)}\n\n${plain(text)}`).join('\n\n');
  const [near] = suggest(
    name,
    entries.map((e) => e.name),
  );
  throw new WeftError(
    `There is nothing called ${name} among the words, settings and codes.`,
    near ? `Did you mean ${near}?` : `docs/words.md, docs/settings.md and docs/diagnostics.md list them all.`,
  );
}

function readEntries(page: string): Entry[] {
  const text = readFileSync(join(packageRoot(), 'docs', `${page}.md`), 'utf8');
  const parts = text.split(/^### /m).slice(1);
  return parts.map((part) => {
    const [name] = part.split('\n', 1);
    return { name, page, text: part.replace(/\n## [^]*$/, '') };
  });
}

function title(page: string): string {
  return { words: 'A word of the language', settings: 'A setting', diagnostics: 'A message of weft' }[page] ?? page;
}

/** Markdown of the reference without its marks: code indented, rows of tables as lines. */
function plain(text: string): string {
  let inCode = false;
  const lines = text
    .trim()
    .split('\n')
    .flatMap((line): string[] => {
      if (line.startsWith('```')) {
        inCode = !inCode;
        return [];
      }
      if (inCode) return [`    ${line}`];
      if (/^\| --- /.test(line)) return [];
      return line.startsWith('| ') ? [row(line)] : [line.replaceAll('`', '')];
    });
  return lines.join('\n').replace(/\n{3,}/g, '\n\n');
}

function row(line: string): string {
  const cells = line
    .slice(2, -2)
    .split(' | ')
    .map((cell) => cell.trim().replaceAll('\\|', '|').replaceAll('`', ''));
  return `  ${cells.filter(Boolean).join(' · ').replaceAll('<br>', '\n      ')}`;
}
