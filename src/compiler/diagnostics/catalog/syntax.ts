/** Codes for errors in the text of a spec, found before any name has a meaning. */
// Tested by test/diagnostics/cases.test.ts.
import { error, warning } from './entry';

/** Facts of diagnostics that need none. */
export type NoFacts = Record<never, never>;

export const syntaxCatalog = {
  'unexpected-token': error<{ found: string; expected: string; where: string; hint: string }>({
    title: 'Unexpected text',
    message: ({ found, expected, where }) => `Expected ${expected}${where && ` ${where}`}, but found ${found}.`,
    hint: ({ hint }) => hint,
  }),
  'unknown-character': error<{ character: string; hint: string }>({
    title: 'Unknown character',
    message: ({ character }) => `${character} has no meaning outside strings and comments.`,
    hint: ({ hint }) => hint,
  }),
  'reserved-name': error<NoFacts>({
    title: 'A reserved name',
    message: () =>
      'Nothing can be called `__proto__`: JavaScript and other programs that read the files lose values of this name.',
    hint: () => 'Choose another name, such as `proto`.',
  }),
  'unterminated-string': error<NoFacts>({
    title: 'String without an end',
    message: () => 'This string is not closed before the end of the line.',
    hint: () => 'Close it with `"`. A line break inside a string is written `\\n`.',
  }),
  'unterminated-comment': error<NoFacts>({
    title: 'Comment without an end',
    message: () => 'This comment is never closed, so everything after it is ignored.',
    hint: () => 'Close it with `*/`, or use `//` for one line.',
  }),
  'malformed-number': error<{ text: string }>({
    title: 'Not a number',
    message: ({ text }) => `\`${text}\` is neither a number nor a name.`,
    hint: () => 'Numbers look like 4, 0.5, 1e-4, 400k or 2M; a size looks like 256x256; names begin with a letter.',
  }),
  'number-too-large': error<{ text: string }>({
    title: 'A number that is too large',
    message: ({ text }) => `\`${text}\` is larger than any number can be (1.8e308).`,
  }),
  'unknown-escape': error<{ escape: string }>({
    title: 'Unknown escape in a string',
    message: ({ escape }) => `\`${escape}\` is not an escape.`,
    hint: () => 'Escapes are `\\"`, `\\\\`, `\\n`, `\\t`, `\\{`, `\\}` and `\\u{1F600}`.',
  }),
  'nesting-too-deep': error<{ limit: string }>({
    title: 'Nested too deeply',
    message: ({ limit }) => `This is nested more deeply than the compiler allows (${limit}).`,
    hint: () => 'Name a part with `let`, or move it into a block of its own.',
  }),
  'more-errors': error<{ count: number }>({
    title: 'More errors',
    message: ({ count }) => `${count} more ${count === 1 ? 'error is' : 'errors are'} not shown.`,
    hint: () => 'Fix the first ones; the others may follow from them.',
  }),
  'more-warnings': warning<{ count: number }>({
    title: 'More warnings',
    message: ({ count }) => `${count} more ${count === 1 ? 'warning is' : 'warnings are'} not shown.`,
  }),
  'missing-closing-bracket': error<{ closer: string; opener: string }>({
    title: 'A bracket is not closed',
    message: ({ closer }) => `A \`${closer}\` is missing before this.`,
    related: ({ opener }) => `this \`${opener}\` is still open`,
  }),
  'unmatched-closing-bracket': error<{ closer: string }>({
    title: 'One closing bracket too many',
    message: ({ closer }) => `There is no open bracket for \`${closer}\` to close.`,
  }),
  'wrong-closing-bracket': error<{ found: string; opener: string; closer: string }>({
    title: 'Brackets do not match',
    message: ({ found, opener, closer }) => `\`${opener}\` is closed by \`${closer}\`, not by \`${found}\`.`,
    related: () => 'opened here',
  }),
  'missing-comma': error<{ before: string; after: string }>({
    title: 'A comma is missing',
    message: ({ before, after }) => `There is neither a comma nor an operator between \`${before}\` and \`${after}\`.`,
  }),
  'argument-needs-colon': error<{ name: string }>({
    title: 'An argument is named with a colon',
    message: () => 'Arguments are named with `:`, not with `=`.',
    hint: ({ name }) => `Write \`${name}: …\`.`,
  }),
  'setting-needs-equals': error<{ path: string }>({
    title: 'A setting is given with an equals sign',
    message: () => 'Settings are given with `=`, not with `:`.',
    hint: ({ path }) => `Write \`${path} = …\`.`,
  }),
  'case-form': error<{ name: string }>({
    title: 'A case of an ablation is malformed',
    message: () => 'A case is the word `case`, its name in quotes, `=` and a model.',
    hint: ({ name }) => `Write \`case ${name} = …\`.`,
  }),
  'missing-let': error<{ name: string }>({
    title: 'A name is bound with let',
    message: ({ name }) => `\`${name} = …\` alone binds nothing.`,
    hint: ({ name }) => `Write \`let ${name} = …\`; a later \`let\` of the same name replaces it.`,
  }),
  'function-arrow': error<NoFacts>({
    title: 'A function is written with `=>`',
    message: () => '`->` stands only before the result of a block; a function is written with `=>`.',
    hint: () => 'Write `x => …` or `(a, b) => …`.',
  }),
  'function-word': error<{ word: string; name: string }>({
    title: 'A function needs no word',
    message: ({ word }) => `\`${word}\` is not a word of the language.`,
    hint: ({ name }) => `Write \`${name} => …\`.`,
  }),
  'result-arrow': error<NoFacts>({
    title: 'The result of a block is written with `->`',
    message: () => 'The result of a block stands after `->`; `=>` makes a function.',
  }),
  'empty-parentheses': error<NoFacts>({
    title: 'Nothing between parentheses',
    message: () => 'A value is needed between these parentheses.',
  }),
  'if-needs-else': error<NoFacts>({
    title: 'A value is missing',
    message: () => 'This `if` is used as a value, but has none when its condition is false.',
    hint: () => 'Add `else { … }`.',
  }),
  'statement-after-return': error<NoFacts>({
    title: 'Nothing can follow a return',
    message: () => 'This is never reached.',
    related: () => 'the body ends here',
  }),
  'value-not-used': error<NoFacts>({
    title: 'A value that is not used',
    message: () => 'Only the last line of a body can be a value; the value of this line is not used.',
    hint: () => 'Bind it with `let name = …`, or pass it on with `|>`.',
  }),
  'batch-axis-written': error<{ name: string; without: string }>({
    title: 'The batch axis is written',
    message: ({ name }) => `\`${name}\` looks like the batch axis, which every tensor has and which is never written.`,
    hint: ({ name, without }) => `Write ${without}. If \`${name}\` is not the batch, give it another name.`,
  }),
};
