/** Codes for files, imports, declarations and the use of names. */
// Tested by test/diagnostics/cases.test.ts.
import { error, warning } from './entry';
import type { NoFacts } from './syntax';

/** `Did you mean a or b?`; empty if there is no suggestion. */
function didYouMean(suggestions: readonly string[]): string {
  const [last, ...others] = [...suggestions].reverse();
  if (last === undefined) return '';
  return `Did you mean ${others.length > 0 ? `${others.reverse().join(', ')} or ${last}` : last}?`;
}

type Suggestions = { suggestions: readonly string[] };

export const namesCatalog = {
  'file-not-found': error<{ path: string }>({
    title: 'No such file',
    message: ({ path }) => `There is no file ${path}.`,
  }),
  'not-utf8': error<NoFacts>({
    title: 'Not a text file',
    message: () => 'The file is not UTF-8 text: the bytes from here on are not valid.',
    hint: () => 'Save it as UTF-8. Weights and other data are named on the command line, not read as a spec.',
  }),
  'import-not-found': error<{ path: string; tried: string; relative: boolean } & Suggestions>({
    title: 'Imported file not found',
    message: ({ path, tried }) => `There is no ${tried} for the import "${path}".`,
    hint: ({ suggestions, relative }) =>
      didYouMean(suggestions) ||
      (relative
        ? 'The path is relative to the importing file; `.weft` may be left out.'
        : 'Shipped files are "std/…"; your own begin with "./" or "../".'),
  }),
  'import-cycle': error<{ chain: readonly string[] }>({
    title: 'Files import each other',
    message: ({ chain }) => `These imports form a circle: ${chain.join(' → ')}.`,
    hint: () => 'Move what both need into a file of its own.',
  }),
  'name-not-exported': error<{ name: string; path: string; declaredIn: string } & Suggestions>({
    title: 'The file does not declare this name',
    message: ({ name, path }) => `"${path}" declares no block or model \`${name}\`.`,
    hint: ({ suggestions, declaredIn }) =>
      declaredIn ? `It is declared in "${declaredIn}"; import it from there.` : didYouMean(suggestions),
  }),
  'unused-import': warning<{ name: string }>({
    title: 'An import is not used',
    message: ({ name }) => `\`${name}\` is imported but never used.`,
  }),
  'duplicate-name': error<{ name: string; what: string }>({
    title: 'A name is declared twice',
    message: ({ name, what }) => `There is already ${what} \`${name}\`.`,
    related: ({ name }) => `\`${name}\` is first declared here`,
  }),
  'idle-label': warning<{ label: string; word: string | null; layers: readonly string[] }>({
    title: 'A label without weights',
    message: ({ label, word }) =>
      `\`@${label}\` names the weights of the call before it, ${word ? `but \`${word}\` makes none` : 'but this is a value and no call'}.`,
    hint: ({ label, layers }) =>
      `Labels follow calls of ${layers.join(', ')}, of blocks, and repetitions. To name a point of a model, write \`tap ${label.replace(/\W/g, '_')} = …\`.`,
  }),
  'empty-label': error<{ label: string }>({
    title: 'A label without a name',
    message: ({ label }) =>
      `A label is a part of the names of weights, but ${label ? 'a part of this one' : 'this one'} is empty.`,
    hint: () => 'Give it a name, as in linear(x, 8) @proj, or leave it out.',
  }),
  'unknown-name': error<{ name: string; importFrom: string; advice?: string | null } & Suggestions>({
    title: 'Unknown name',
    message: ({ name }) => `Nothing called \`${name}\` is known here.`,
    hint: ({ name, suggestions, importFrom, advice }) =>
      importFrom ? `Add \`import { ${name} } from "${importFrom}"\`.` : (advice ?? didYouMean(suggestions)),
    related: ({ name }) => `\`${name}\` is bound only here, below its use`,
  }),
  'unused-let': warning<{ name: string }>({
    title: 'A name is not used',
    message: ({ name }) => `\`${name}\` is computed but never used.`,
    hint: ({ name }) => `Leave it out, or begin it with an underscore: \`_${name}\`.`,
  }),
  'duplicate-argument': error<{ callee: string; name: string; position: number }>({
    title: 'An argument is given twice',
    message: ({ callee, name, position }) =>
      position > 0
        ? `\`${name}\` of ${callee} is already given as argument number ${position}.`
        : `\`${name}\` of ${callee} is already given.`,
    related: ({ name }) => `\`${name}\` is given here first`,
  }),
  'unnamed-hyperparameter': error<{ model: string; names: readonly string[] }>({
    title: 'A hyper-parameter needs its name',
    message: ({ model }) => `Hyper-parameters of ${model} are given by name.`,
    hint: ({ names }) => (names.length > 0 ? `Write \`${names[0]}: …\`. It has ${names.join(', ')}.` : ''),
  }),
  'missing-value': error<{ what: string }>({
    title: 'A body without a value',
    message: ({ what }) => `${what} ends without a value.`,
    hint: () => 'End it with `return …`, or with the value alone on the last line.',
  }),
  'value-in-model': error<{ model: string }>({
    title: 'A model ends in outputs',
    message: ({ model }) => `${model} is a model: its results are its outputs, so this value is not used.`,
    hint: () => 'Write `output velocity: image(size) = …`.',
  }),
  'only-in-model': error<{ statement: string; block: string; kind: 'block' | 'objective' }>({
    title: 'Only a model has inputs and outputs',
    message: ({ statement, block, kind }) =>
      `\`${statement}\` stands in ${block}, which is ${kind === 'block' ? 'a block' : 'an objective'}.`,
    hint: ({ statement, kind }) => {
      const what = kind === 'block' ? 'Blocks' : 'Objectives';
      return statement === 'input' ? `${what} take parameters.` : `${what} give their value with \`return\`.`;
    },
  }),
  'block-recursion': error<{ chain: readonly string[] }>({
    title: 'A block contains itself',
    message: ({ chain }) => `These blocks contain each other endlessly: ${chain.join(' → ')}.`,
    hint: () =>
      'Blocks are unfolded into one graph. Repeat one with `repeat(depth) …`, or end it before it calls itself: `if depth == 0 { return x }`.',
  }),
};
