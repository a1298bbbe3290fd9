/** The reference is what the records say, and its examples are sound. */
import { expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { generateReference } from '../../scripts/reference/pages';
import { tokens } from '../../grammar/tokens';
import {
  givenExamples,
  guidanceExamples,
  keywordExampleSpec,
  keywords,
  objectiveExamples,
  objectiveExampleSpec,
  optimizerExamples,
  parameterTypes,
  scheduleExamples,
  solverExamples,
  solverExampleSpec,
} from '../../scripts/reference/keywords';
import { examplesOf } from '../../scripts/reference/settings';
import { settingExamples, settingExampleSpec } from '../../scripts/reference/setting-examples';
import { inputExamples, wordExamples, wordExampleSpec } from '../../scripts/reference/word-examples';
import {
  givenWordsToRead,
  guidanceWordsToRead,
  objectiveWordsToRead,
  solverWordsToRead,
} from '../../scripts/reference/words';
import { checkFile } from '../../src/compiler/compile';
import { renderText } from '../../src/compiler/diagnostics/render';
import { inputTypes } from '../../src/compiler/lower/input-types';
import { scheduleWords } from '../../src/compiler/lower/schedule';
import { typeNames } from '../../src/compiler/lower/types';
import { words } from '../../src/compiler/lower/words/index';
import type { Fields } from '../../src/compiler/recipe/field';
import { namesOf } from '../../src/compiler/recipe/fields';
import { fieldsOf } from '../../src/compiler/sections/keys';
import { readSpec } from '../support/compile';

/** The errors of a spec, rendered. */
function errorsOf(text: string): string {
  const read = (path: string): string | null => (path === 'example.weft' ? text : readSpec(path));
  const errors = checkFile('example.weft', read).diagnostics.filter((d) => d.severity === 'error');
  return renderText(errors, { colors: false });
}

const pages = generateReference();

it.each(Object.keys(pages))('%s is what `npm run generate` writes', (path) => {
  expect(existsSync(path) && readFileSync(path, 'utf8') === pages[path]).toBe(true);
});

it('has an example for every word, and for no other', () => {
  expect(Object.keys(wordExamples).sort()).toEqual([...words.keys()].sort());
  expect(Object.keys(inputExamples)).toEqual(Object.keys(inputTypes));
});

it.each(Object.entries(wordExamples))('shows %s in an expression that uses it and compiles', (word, example) => {
  expect(example).toMatch(new RegExp(`\\b${word}\\b`));
  expect(errorsOf(wordExampleSpec(example))).toBe('');
});

it.each(Object.entries(inputExamples))('shows an input of type %s that compiles', (type, example) => {
  const image = type === 'image' ? '' : '  input noisy: image(32x32)\n';
  expect(example).toContain(`: ${type}`);
  expect(errorsOf(`model M() {\n${image}  ${example}\n  output velocity: image(32x32) = noisy\n}\n`)).toBe('');
});

it('explains every keyword, type of a parameter and word of given, and no other', () => {
  const written = tokens.flatMap(({ PATTERN }) =>
    typeof PATTERN === 'string' && /^\w+$/.test(PATTERN) ? [PATTERN] : [],
  );
  expect(written.length).toBeGreaterThan(25);
  expect(Object.keys(keywords).sort()).toEqual([...written, 'variant'].sort());
  expect(Object.keys(parameterTypes)).toEqual(typeNames.filter((name) => !(name in inputTypes)));
  expect(Object.keys(givenExamples).sort()).toEqual([...givenWordsToRead.keys()].sort());
});

it.each(Object.entries(keywords))('shows %s where it stands, in a spec that compiles', (word, { place, example }) => {
  if (word !== 'variant') expect(example).toMatch(new RegExp(`\\b${word}\\b`));
  expect(errorsOf(keywordExampleSpec(place, example))).toBe('');
});

it.each(Object.entries(parameterTypes))('shows a parameter of type %s that compiles', (type, { place, example }) => {
  expect(example).toContain(`: ${type} = `);
  expect(errorsOf(keywordExampleSpec(place, example))).toBe('');
});

it.each(Object.entries(givenExamples))('shows %s in a given that compiles', (word, example) => {
  expect(example).toContain(`= ${word}(`);
  expect(errorsOf(keywordExampleSpec('recipe', example))).toBe('');
});

it('explains every word of an objective', () => {
  expect(Object.keys(objectiveExamples).sort()).toEqual([...objectiveWordsToRead.keys()].sort());
});

it.each(Object.entries(objectiveExamples))('shows %s in an objective that compiles', (word, example) => {
  expect(example).toContain(`= ${word}(`);
  expect(errorsOf(objectiveExampleSpec(example))).toBe('');
});

it('explains every word of a solver and of a guidance', () => {
  expect(Object.keys(solverExamples).sort()).toEqual(['state', ...solverWordsToRead.keys()].sort());
  expect(Object.keys(guidanceExamples)).toEqual([...guidanceWordsToRead.keys()]);
});

it.each([
  ...Object.values(solverExamples).map((solver) => ({ solver })),
  ...Object.values(guidanceExamples).map((guidance) => ({ guidance })),
])('shows a word in a walk that compiles: %j', (example) => {
  expect(errorsOf(solverExampleSpec(example))).toBe('');
});

it.each([...scheduleWords({ step: 0, steps: 1, warmup: 0 }).keys()])('shows %s as a schedule that compiles', (word) => {
  expect(scheduleExamples[word]).toContain(`${word}(`);
  expect(errorsOf(keywordExampleSpec('recipe', `schedule = ${scheduleExamples[word]}`))).toBe('');
});

it.each(Object.entries(optimizerExamples))('shows %s in an optimiser that compiles', (_, example) => {
  const state = example.startsWith('input') ? '  output v = v + mean(square(gradient), axis: -1, keep: true)\n' : '';
  const text = `optimizer own(rate: Float) {
  ${example}
${state}  output weight = weight - rate * gradient
}
`;
  expect(errorsOf(text + objectiveExampleSpec('').replace('adamw(rate: 1e-4)', 'own(rate: 1e-4)'))).toBe('');
});

/** The choices of some fields, and those of their parameters. */
function choicesOf(fields: Fields): string[] {
  return Object.values(fields).flatMap(({ takes }) =>
    'choices' in takes
      ? Object.entries(takes.choices).flatMap(([name, { parameters }]) => [name, ...choicesOf(parameters)])
      : [],
  );
}

const settings = namesOf(fieldsOf).flatMap((section) =>
  Object.keys(fieldsOf[section]).map((setting) => [section, setting] as const),
);

it.each(settings)('%s: %s has examples, which show every choice', (section, setting) => {
  const examples = examplesOf(section, setting);
  expect(examples).not.toEqual([]);
  for (const choice of choicesOf({ [setting]: fieldsOf[section][setting] }))
    expect(examples.join('\n')).toMatch(new RegExp(`\\b${choice}\\b`));
});

it('has no examples for what is no setting', () => {
  for (const section of namesOf(fieldsOf))
    expect(Object.keys(fieldsOf[section])).toEqual(expect.arrayContaining(Object.keys(settingExamples[section])));
});

const written = settings.flatMap(([section, setting]) =>
  examplesOf(section, setting).map((example) => [section, setting, example] as const),
);

it.each(written)('%s: %s = %s is sound', (section, setting, example) => {
  expect(errorsOf(settingExampleSpec(section, setting, example))).toBe('');
});
