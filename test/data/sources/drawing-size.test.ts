import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { requireDrawable } from '../../../src/data/sources/drawing-size';
import { inFolder } from '../../support/weft';

const svg = (attributes: string, inside = ''): string =>
  `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${inside}<rect width="5" height="5"/></svg>`;

const huge: readonly string[] = [
  svg('viewBox="0 0 1e9 1e9"'),
  svg('width="1000000000" height="8"'),
  svg('width="100%" height="100%" viewBox="0,0,1000000000,4"'),
  svg("width='8' height='11000000in'"),
  svg('width="8" height="8" style="width:1e9px"'),
  svg('', '<style>svg{height:1e9px}</style>'),
];

it.each(huge)('refuses %s', (text) => {
  expect(() => requireDrawable(Buffer.from(text))).toThrow(/it states a side of .*, and at most 32767 pixels/);
  expect(() => requireDrawable(Buffer.from(text, 'utf16le'))).toThrow(/it states a side of/);
});

it('refuses a size that is an entity', () => {
  expect(() => requireDrawable(Buffer.from(svg('width="&w;" height="8"')))).toThrow(/is an entity/);
});

it.each([
  svg('width="8" height="8"'),
  svg('viewBox="0 0 24 24"'),
  svg('width="8cm" height="100%" style="stroke-width: 99999"'),
  svg('width="300" height="200" viewBox="0 0 1e9 1e9"'),
  'no drawing',
])('takes %s', (text) => {
  expect(() => requireDrawable(Buffer.from(text))).not.toThrow();
});

/** Renders files in a process of its own, since what libraries write on stderr is seen only there. */
it('leaves stderr to messages of its own', () =>
  inFolder(async (folder) => {
    huge.forEach((text, i) => writeFileSync(join(folder, `${i}.svg`), text));
    const program = `
      const { renderFile } = await import('./src/data/sources/render.ts');
      for (let i = 0; i < ${huge.length}; i++)
        console.log(await renderFile(process.argv[2] + '/' + i + '.svg', { height: 8, width: 8 }).catch((e) => e.message));`;
    writeFileSync(join(folder, 'render.ts'), program.replace('./src', `${process.cwd()}/src`));
    const { stdout, stderr } = spawnSync('node', ['scripts/run-ts.mjs', join(folder, 'render.ts'), folder], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(
      stdout
        .trim()
        .split('\n')
        .every((line) => line.startsWith('it states a side')),
    ).toBe(true);
  }));
