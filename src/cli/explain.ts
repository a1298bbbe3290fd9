/** `weft explain NAME`: an entry of the reference, as in the pages of docs/, or the library's declaration of that name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { suggest } from '../compiler/diagnostics/suggest';
import { packageRoot } from '../files/package-root';
import { specsFolder } from '../spec/shipped';

/** Pages of the reference, in the order in which their entries are shown. */
const pages = ['words', 'settings', 'diagnostics'] as const;

interface Entry {
  readonly name: string;
  readonly page: string;
  /** The declaration or setting in which a word is known, if it is not known everywhere. */
  readonly place?: string;
  readonly text: string;
}

export function registerExplain(program: Command): void {
  program
    .command('explain')
    .description(
      'explain a keyword or word of the language, a setting, what the library declares, or the code of a message',
    )
    .argument('<name>', 'such as given, rearrange, optimizer, adamw, mean_flow or shape-mismatch')
    .addHelpText(
      'after',
      `
The whole reference is in docs/: words.md, settings.md, diagnostics.md; the library is specs/std/.

Examples:
  weft explain given
  weft explain rearrange
  weft explain optimizer
  weft explain shape-mismatch`,
    )
    .action((name: string) => console.log(explain(name)));
}

/** All entries for a name, as plain text. A choice such as `adamw` is explained by the settings that accept it. */
export function explain(name: string): string {
  const entries = [...pages.flatMap(readEntries), ...libraryEntries()];
  const own = entries.filter((e) => e.name === name);
  const asChoice = entries.filter((e) => e.text.includes(`\n| \`${name}\` |`));
  const others = asChoice.filter((e) => e.page === 'settings' && own.every(({ page }) => page !== e.page));
  const found = own.length > 0 ? [...own, ...others] : asChoice;
  if (found.length > 0) return found.map((e) => `${title(e)}\n\n${plain(e.text)}`).join('\n\n');
  const [near] = suggest(
    name,
    entries.map((e) => e.name),
  );
  throw new WeftError(
    `There is nothing called ${name} among the words, settings, codes and what the library declares.`,
    near
      ? `Did you mean ${near}?`
      : `docs/words.md, docs/settings.md and docs/diagnostics.md list them all, and specs/std/ is the library.`,
  );
}

function readEntries(page: string): Entry[] {
  const text = readFileSync(join(packageRoot(), 'docs', `${page}.md`), 'utf8');
  return text.split(/^## /m).flatMap((section) => {
    const place = /^Words of `(\w+)`/.exec(section)?.[1];
    return section
      .split(/^### /m)
      .slice(1)
      .map((part) => ({ name: part.split('\n', 1)[0], page, place, text: part }));
  });
}

/** Blocks and methods of specs/std: their parameters, and the comment before them. */
function libraryEntries(): Entry[] {
  const folder = join(specsFolder, 'std');
  return readdirSync(folder).flatMap((file) => {
    const home = `std/${file.slice(0, -'.weft'.length)}`;
    const declarations = readFileSync(join(folder, file), 'utf8').matchAll(
      /((?:^\/\/\/ .*\n)*)^((?:block|objective|optimizer|solver|guidance) (\w+)[^{]*?) \{/gm,
    );
    return [...declarations].map(([, comment, head, name]): Entry => {
      const doc = comment.replaceAll(/^\/\/\/ /gm, '');
      const text = `${name}\n\n${head}\n\n${doc}\n\`\`\`weft\nimport { ${name} } from "${home}"\n\`\`\``;
      return { name, page: 'library', text };
    });
  });
}

function title({ page, place }: Entry): string {
  return (
    {
      words: `A word of the language${place ? `, in \`${place}\`` : ''}`,
      settings: 'A setting',
      diagnostics: 'A message of weft',
      library: 'In the library',
    }[page] ?? page
  );
}

/** Markdown of the reference as plain text: code is indented, rows of tables become lines. */
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
