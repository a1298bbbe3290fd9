/** docs/words.md: every keyword, built-in word and type, with parameters and an example. */
import { describeRange } from '../../src/compiler/bind/number-range';
import { checkFile } from '../../src/compiler/compile';
import { input } from '../../src/compiler/ir/graph';
import { givenWords } from '../../src/compiler/lower/givens/words';
import {
  copyDoc,
  copySignature,
  matchesWord,
  momentDoc,
  momentSignature,
} from '../../src/compiler/lower/optimizer/elaborate';
import { guidanceWords, solverWords, stateDoc, stateSignature } from '../../src/compiler/lower/solver/words';
import { objectiveWords } from '../../src/compiler/lower/objective/words';
import { inputTypes, outputTypes } from '../../src/compiler/lower/input-types';
import { families, isConstantWord, words } from '../../src/compiler/lower/words/index';
import { scheduleWords } from '../../src/compiler/lower/schedule';
import type { WordSignature } from '../../src/compiler/lower/words/word';
import {
  givenExamples,
  guidanceExamples,
  keywords,
  objectiveExamples,
  objectiveExampleSpec,
  optimizerExamples,
  parameterTypes,
  scheduleExamples,
  solverExamples,
  type Keyword,
} from './keywords';
import { code, heading, table } from './page';
import { inputExamples, outputExamples, wordExamples } from './word-examples';

export function wordsPage(): string {
  const source = '[the words](../src/compiler/lower/words/)';
  const intro = `All shapes leave the batch axis out. Blocks such as \`DiT\` and \`patchify\` are written in the language, in [specs/std](../specs/std/).
In the examples \`x\` is [64, 8], \`q\` [2, 64, 4], \`image\` [4, 8, 8], \`text\` [6, 8], \`ids\` tokens, \`label\` a class. \`weft explain WORD\` prints an entry.`;
  const lines = [heading('Words of the language', source, intro)];
  lines.push('## Keywords\n', ...Object.entries(keywords).map(keywordEntry));
  for (const [title, family] of Object.entries(families)) {
    const names = Object.keys(family).filter((name) => words.has(name));
    lines.push(`## ${title}\n`, ...names.sort().map(entry));
  }
  lines.push('## Words of `given`\n', 'In a `given` of a train section, besides all words above.\n');
  for (const [name, { doc, signature }] of givenWordsToRead)
    lines.push(section(name, doc, signature, givenExamples[name]));
  lines.push(
    '## Words of `objective`\n',
    'In an `objective`, besides all words above; a scalar holds one number per image.\n',
  );
  for (const [name, { doc, signature }] of objectiveWordsToRead)
    lines.push(section(name, doc, signature, objectiveExamples[name]));
  lines.push('## Words of `optimizer`\n', 'In an `optimizer`, besides all words above.\n');
  lines.push(section('moment', momentDoc, momentSignature, optimizerExamples.moment));
  lines.push(section('copy', copyDoc, copySignature, optimizerExamples.copy));
  lines.push(section('matches', matchesLabels.doc, matchesLabels.signature, optimizerExamples.matches));
  lines.push('## Words of `solver`\n', 'In a `solver`, besides all words above.\n');
  for (const [name, { doc, signature }] of solverWordsToRead)
    lines.push(section(name, doc, signature, solverExamples[name]));
  lines.push('## Words of `guidance`\n', 'In a `guidance`, besides all words above.\n');
  for (const [name, { doc, signature }] of guidanceWordsToRead)
    lines.push(section(name, doc, signature, guidanceExamples[name]));
  lines.push('## Types of what a `solver` or a `guidance` keeps\n');
  lines.push(section('state', stateDoc, stateSignature, solverExamples.state));
  lines.push('## Words of `schedule`\n', 'In `schedule` of a train section, besides all words above.\n');
  for (const [name, { doc, signature }] of scheduleWords({ step: 0, steps: 1, warmup: 0 }))
    lines.push(section(name, doc, signature, `schedule = ${scheduleExamples[name]}`));
  lines.push('## Types of parameters\n', ...Object.entries(parameterTypes).map(keywordEntry));
  lines.push('## Types of inputs\n');
  for (const [name, { doc, signature }] of Object.entries(inputTypes))
    lines.push(section(name, doc, signature, inputExamples[name]));
  lines.push('## Types of outputs\n');
  lines.push(
    '`velocity` (or `v`), `x0` (`clean`) and `noise` (`epsilon`, `eps`) are names that say what an output stands for.\n',
  );
  for (const [name, { doc, signature }] of Object.entries(outputTypes))
    lines.push(section(name, doc, signature, outputExamples[name]));
  return lines.join('\n');
}

const matchesLabels = matchesWord(() => false);

const example = checkFile('example.weft', () => objectiveExampleSpec('')).elaborate('Example').model;
const image = example?.inputs.find((i) => i.kind === 'image');
if (!example || !image) throw new Error('the example of an objective does not compile');

/** The words of an `objective`, of which only the records are read. */
export const objectiveWordsToRead = objectiveWords(example, {
  seed: input('seed', [2], 'i32'),
  nextStream: () => 0,
  image,
  call: () => [],
  teacher: null,
  encoded: null,
  batchParts: 1,
});

/** The words of a `solver` and a `guidance`, of which only the records are read. */
export const solverWordsToRead = solverWords(example, image, { ask: () => image.value, draw: () => image.value });
export const guidanceWordsToRead = guidanceWords(example, () => image.value);

/** The words of a `given`, of which only the records are read. */
export const givenWordsToRead = givenWords({
  seed: input('seed', [2], 'i32'),
  nextStream: () => 0,
  side: { height: 8, width: 8 },
  paired: null,
});

function keywordEntry([name, { written, doc, example }]: readonly [string, Keyword]): string {
  return `### ${name}\n\n\`${written}\`\n\n${doc}\n\n${code(example)}\n`;
}

function entry(name: string): string {
  const word = words.get(name)!;
  if (!Object.hasOwn(wordExamples, name))
    throw new Error(`The word ${name} has no example: add one to scripts/reference/word-examples.ts.`);
  return section(name, word.doc, isConstantWord(word) ? null : word.signature, wordExamples[name]);
}

function section(name: string, doc: string, signature: WordSignature | null, example: string): string {
  const parameters = signature?.parameters ?? [];
  const rows = parameters.map((p) => [
    `\`${p.name}\``,
    [p.kind, p.range && describeRange(p.range).replace(/^a finite number$/, '')].filter(Boolean).join(', '),
    p.default === null ? '' : `\`${p.default}\``,
    p.doc,
  ]);
  const parts = [`### ${name}\n`, `\`${signature?.written ?? name}\`\n`, `${doc}\n`];
  if (rows.length > 0) parts.push(`${table(['parameter', 'takes', 'default', 'what it is'], rows)}\n`);
  parts.push(`${code(example)}\n`);
  return parts.join('\n');
}
