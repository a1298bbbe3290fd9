import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { generateGrammar } from '../../scripts/grammar/files';

const generated = await generateGrammar();

it.each(Object.keys(generated))('%s is what `npm run generate` writes', (path) => {
  expect(readFileSync(path, 'utf8') === generated[path]).toBe(true);
});

it('the diagrams need nothing from elsewhere', () => {
  const page = generated['grammar/diagrams.html'];
  expect(page).not.toMatch(/<script|<link|src=|url\(|https?:\/\/(?!www\.w3\.org)/);
  expect(page.match(/<svg/g)?.length).toBe(page.match(/<h2/g)?.length);
});
