/** The reference is what the records say, and its examples are sound. */
import { expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { generateReference } from '../../scripts/reference/pages';
import { tokens } from '../../grammar/tokens';
import { givenExamples, keywordExampleSpec, keywords, parameterTypes } from '../../scripts/reference/keywords';
import { sections } from '../../scripts/reference/settings';
import { choiceNotes, settingExamples, settingExampleSpec } from '../../scripts/reference/setting-examples';
import { inputExamples, wordExamples, wordExampleSpec } from '../../scripts/reference/word-examples';
import { givenWordsToRead } from '../../scripts/reference/words';
import { checkFile } from '../../src/compiler/compile';
import { renderText } from '../../src/compiler/diagnostics/render';
import { inputTypes } from '../../src/compiler/lower/input-types';
import { typeNames } from '../../src/compiler/lower/types';
import { words } from '../../src/compiler/lower/words/index';
import type { Fields } from '../../src/compiler/sections/schema';
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

function callsOf(fields: Fields): string[] {
  return Object.values(fields).flatMap((field) =>
    'calls' in field ? Object.entries(field.calls).flatMap(([name, inner]) => [name, ...callsOf(inner)]) : [],
  );
}

const settings = Object.entries(settingExamples).flatMap(([section, examples]) =>
  Object.entries(examples).flatMap(([setting, list]) => list.map((example) => [section, setting, example] as const)),
);

it('has examples for every setting and choice, and says what each choice does', () => {
  for (const [section, fields] of Object.entries(sections)) {
    expect(Object.keys(settingExamples[section]).sort()).toEqual(Object.keys(fields).sort());
    const written = JSON.stringify(settingExamples[section]);
    for (const call of callsOf(fields)) {
      expect([call, typeof choiceNotes[call]]).toEqual([call, 'string']);
      expect(written).toMatch(new RegExp(`\\b${call}\\b`));
    }
  }
});

it.each(settings)('%s: %s = %s is sound', (section, setting, example) => {
  expect(errorsOf(settingExampleSpec(section, setting, example))).toBe('');
});
