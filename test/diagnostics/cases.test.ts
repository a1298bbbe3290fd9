/**
 * Every code of the catalog has a case, `cases/<code>.weft`, whose rendering is `cases/<code>.txt`; UPDATE_CASES=1 rewrites these. More
 * cases of a code are `<code>--<what>`.
 */
import { expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { catalog, type Code } from '../../src/compiler/diagnostics/catalog';
import { renderText } from '../../src/compiler/diagnostics/render';
import { check } from './check';

const folder = 'test/diagnostics/cases';
const codes = Object.keys(catalog) as Code[];
const cases = readdirSync(folder)
  .filter((f) => f.endsWith('.weft'))
  .map((f) => f.replace(/\.weft$/, ''));

/** Codes that are not about the text of a spec: reported for the command line or for files on disk, and tested with these. */
const withoutSource: readonly string[] = [
  'file-not-found',
  'data-refused',
  'memory-short',
  'memory-unread',
  'data-told',
  'unreadable-setting',
  'unknown-key',
  'key-without-meaning',
  'set-without-place',
];

/** A case may hold several files, each after a line `//// name.weft`; what stands before the first is `case.weft`. */
function filesOf(text: string): { [path: string]: string } {
  const [main, ...rest] = text.split(/^\/\/\/\/ (.+)\n/m);
  const files: { [path: string]: string } = { 'case.weft': main };
  for (let i = 0; i < rest.length; i += 2) files[rest[i]] = rest[i + 1];
  return files;
}

it('every code has a case', () => {
  expect(codes.filter((c) => !cases.includes(c) && !withoutSource.includes(c))).toEqual([]);
});

it.each(cases)('%s', (name) => {
  const found = check('case.weft', filesOf(readFileSync(`${folder}/${name}.weft`, 'utf8')));
  const text = renderText(found, { colors: false });
  const expected = `${folder}/${name}.txt`;
  if (process.env.UPDATE_CASES) writeFileSync(expected, text);
  expect(found.map((d) => d.code)).toContain(name.split('--')[0]);
  expect(existsSync(expected) ? readFileSync(expected, 'utf8') : null).toBe(text);
});
