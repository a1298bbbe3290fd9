/** Every setting that a spec may write is read where something follows from it. */
import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recipeName } from '../../src/compiler/recipe/choices';
import type { Fields } from '../../src/compiler/recipe/field';
import { fieldsOf } from '../../src/compiler/sections/keys';

/** What declares, reads and keeps settings; to follow one they have to be named elsewhere. */
const declaring = /^compiler\/(recipe|sections)\/|^train\/run-schema\.ts$/;

const text = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !declaring.test(path))
  .map((path) => readFileSync(join('src', path), 'utf8'))
  .join('\n');

/** Settings with the parameters of their choices. */
function namesIn(fields: Fields): string[] {
  return Object.entries(fields).flatMap(([name, { takes }]) => [
    name,
    ...('choices' in takes ? Object.values(takes.choices).flatMap(({ parameters }) => namesIn(parameters)) : []),
  ]);
}

it.each(Object.entries(fieldsOf))('follows every setting of a %s section', (_, fields) => {
  const unread = namesIn(fields).filter((name) => !new RegExp(`\\b${recipeName(name)}\\b`).test(text));
  expect([...new Set(unread)]).toEqual([]);
});
