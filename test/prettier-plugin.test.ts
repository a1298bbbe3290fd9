import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import prettier from 'prettier';
import * as plugin from '../src/prettier-plugin';

const options = { filepath: 'mine.weft', plugins: [plugin] };

it('formats specs by their ending, as weft fmt does', async () => {
  const text = readFileSync('specs/pixeldit.weft', 'utf8');
  expect(await prettier.format(text.replace(/^ +(?=let|tap|require)/gm, ''), options)).toBe(text);
  expect(await prettier.check(text, options)).toBe(true);
});

it('refuses a text with syntax errors, with the place', async () => {
  await expect(prettier.format('model M( {', options)).rejects.toThrow(/mine\.weft:1:\d+ {2}error/);
});
