/** The grammar as a page of EBNF with its tokens and operators. */
import { createTokenInstance, Lexer, tokenLabel, tokenMatcher, type TokenType } from 'chevrotain';
import * as t from '../../grammar/tokens';
import type { Production } from './rules';

/** Which rule opens which part of the page. */
const parts: { readonly [rule: string]: string } = {
  file: 'Files',
  type: 'Types',
  body: 'Statements',
  expression: 'Expressions',
  section: 'Sections',
};

const notes: { readonly [rule: string]: string } = {
  suffix:
    'A call or an index begins on the line where the value before it ends; a bracket on a new line starts something new.',
  argument:
    'A name and a colon at the start of an argument name it, so a ratio that begins with a name is put in parentheses there.',
  operation: 'How operators group is in the table below.',
  repeat: 'A label after the stage belongs to the repeat.',
};

export function renderReference(rules: readonly Production[]): string {
  const lines = [
    '# Grammar of Weft',
    '',
    'Generated from [parser.ts](parser.ts) and [tokens.ts](tokens.ts) by `npm run generate`; [diagrams.html](diagrams.html) shows it as diagrams.',
    '`[ x ]` is an x or nothing, `{ x }` any number of x, `|` a choice. Line breaks and comments may stand between any two tokens.',
    '',
  ];
  let open = false;
  for (const rule of rules) {
    const name = rule.name ?? '';
    if (parts[name]) {
      if (open) lines.push('```', '');
      lines.push(`## ${parts[name]}`, '', '```ebnf');
      open = true;
    }
    if (notes[name]) lines.push(`(* ${notes[name]} *)`);
    lines.push(`${name} = ${sequence(rule.definition ?? [])} ;`);
  }
  lines.push('```', '', ...operators(), ...lexical());
  return `${lines.join('\n')}\n`;
}

function sequence(items: readonly Production[]): string {
  return items.map((p) => render(p, items.length > 1)).join(' ');
}

function render(p: Production, inSequence: boolean): string {
  const inner = p.definition ?? [];
  switch (p.type) {
    case 'NonTerminal':
      return p.name ?? '';
    case 'Terminal':
      return terminal(p);
    case 'Option':
      return `[ ${sequence(inner)} ]`;
    case 'Repetition':
      return `{ ${sequence(inner)} }`;
    case 'RepetitionMandatoryWithSeparator':
      return `${sequence(inner)} { ${p.separator ? terminal(p.separator) : ''} ${sequence(inner)} }`;
    case 'Alternation': {
      const choices = inner.map((a) => sequence(a.definition ?? [])).join(' | ');
      return inSequence ? `( ${choices} )` : choices;
    }
    default:
      return sequence(inner);
  }
}

/** Tokens with one spelling in quotes, the others by name. */
function terminal(p: Production): string {
  const quoted = /^`(.*)`$/.exec(p.label ?? '');
  return quoted && p.name !== 'PrefixOperator' ? `"${quoted[1]}"` : (p.name ?? '');
}

function operators(): string[] {
  const levels = new Map<number, string[]>();
  for (const [operator, level] of Object.entries(t.precedence))
    levels.set(level, [...(levels.get(level) ?? []), operator]);
  for (const [operator, level] of Object.entries(t.prefixPrecedence)) levels.set(level, [`${operator} x`]);
  const rows = [...levels]
    .sort(([a], [b]) => a - b)
    .map(([, list]) => {
      const grouping = list[0] === '^' ? 'right' : list[0].endsWith(' x') ? 'in front' : 'left';
      return `| ${list.map((o) => `\`${o}\``).join(' ')} | ${grouping} |`;
    });
  return [
    '## Operators',
    '',
    'From loosest to tightest. `|>` and then `=>` are looser than all of these; calls, indices, members and labels are tighter.',
    '',
    '| BinaryOperator, PrefixOperator | groups |',
    '| --- | --- |',
    ...rows,
    '',
  ];
}

function lexical(): string[] {
  const words = t.tokens.filter(
    (type) => isWord(type) && type.name !== 'Identifier' && tokenLabel(type).startsWith('`'),
  );
  const reserved = words.filter((type) => !matches(type, t.Name));
  const free = words.filter((type) => matches(type, t.Name));
  const patterns = t.tokens.filter(
    (type) =>
      type.PATTERN instanceof RegExp &&
      type.PATTERN !== Lexer.NA &&
      !/^(Malformed|Unterminated|WhiteSpace)/.test(type.name),
  );
  return [
    '## Tokens',
    '',
    '`Word` is any identifier; `Name` is a word that is not reserved. Arguments, members, labels and settings may have any word as name.',
    '',
    `Reserved: ${reserved.map(tokenLabel).join(' ')}.`,
    '',
    `With a meaning in one place and free as names elsewhere: ${free.map(tokenLabel).join(' ')}.`,
    '',
    '| token | pattern |',
    '| --- | --- |',
    ...patterns.map(
      (type) => `| ${type.name} | \`${String((type.PATTERN as RegExp).source).replace(/\|/g, '\\|')}\` |`,
    ),
  ];
}

function isWord(type: TokenType): boolean {
  return type !== t.Word && type !== t.Name && matches(type, t.Word);
}

function matches(type: TokenType, category: TokenType): boolean {
  return tokenMatcher(createTokenInstance(type, '', 0, 0, 0, 0, 0, 0), category);
}
