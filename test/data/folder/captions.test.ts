import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { captionFiles, readCaptions, type Captions } from '../../../src/data/folder/captions';
import { failureOf } from '../../support/failure';
import { inFolder } from '../../support/weft';

type Files = { readonly [name: string]: string };

const read = (pictures: readonly string[], files: Files): Promise<Captions> =>
  inFolder((folder) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text.replaceAll('FOLDER', folder));
    }
    return readCaptions(folder, pictures, captionFiles(Object.keys(files)));
  });

const line = (file: string, text: unknown, field = 'text'): string =>
  JSON.stringify({ file_name: file, [field]: text });

it.each<[string, string, Files]>([
  ['NAME.txt', 'a.png', { 'a.txt': ' red ring\n' }],
  ['NAME.TXT', 'a.png', { 'a.TXT': 'red ring' }],
  ['NAME.caption', 'c/a.jpg', { 'c/a.caption': 'red ring' }],
  ['NAME.png.txt', 'a.png', { 'a.png.txt': 'red ring' }],
  ['NAME.png.caption', 'a.PNG', { 'a.PNG.caption': 'red ring' }],
  ['NAME.txt where the name has dots', 'a.b.png', { 'a.b.txt': 'red ring' }],
  ['NAME.json', 'a.png', { 'a.json': '{"caption": "red ring", "url": "x"}' }],
  ['metadata.jsonl', 'a.png', { 'metadata.jsonl': `${line('a.png', 'red ring')}\n\n` }],
  ['metadata.jsonl with a mark and CRLF', 'a.png', { 'metadata.jsonl': `\ufeff${line('a.png', 'red ring')}\r\n` }],
  ['metadata.jsonl with a prompt', 'a.png', { 'metadata.jsonl': line('a.png', 'red ring', 'prompt') }],
  ['metadata.jsonl in a class', 'c/a.png', { 'c/metadata.jsonl': line('a.png', 'red ring') }],
  ['metadata.jsonl above a class', 'c/a.png', { 'metadata.jsonl': line('./c/a.png', 'red ring') }],
  ['metadata.csv', 'a.png', { 'metadata.csv': 'file_name,text\na.png,red ring\n' }],
  ['metadata.csv with quotes', 'a.png', { 'METADATA.CSV': 'text,file_name\r\n"red ring","a.png"\r\n' }],
  ['meta_cap.json by name', 'a.png', { 'meta_cap.json': '{"a": {"caption": "red ring", "tags": "x"}}' }],
  ['meta_cap.json by path', 'c/a.png', { 'meta_cap.json': '{"FOLDER/c/a": {"caption": "red ring"}}' }],
  ['meta.json with tags', 'a.png', { 'meta.json': '{"a.png": {"tags": "red ring"}}' }],
  ['captions.json', 'a.png', { 'captions.json': '{"a.png": "red ring"}' }],
  ['a table with ü as one character', 'u\u0308.png', { 'metadata.jsonl': line('\u00fc.png', 'red ring') }],
  ['a table with ü as two characters', '\u00fc.png', { 'meta.json': '{"u\u0308": "red ring"}' }],
  ['NAME.txt with ü as two characters', '\u00fc.png', { 'u\u0308.txt': 'red ring' }],
  ['two that agree', 'a.png', { 'a.txt': 'red ring\n', 'metadata.jsonl': line('a.png', 'red ring') }],
])('reads %s', async (_, picture, files) => {
  const { captions, unused } = await read([picture], files);
  expect([Object.fromEntries(captions), unused]).toEqual([{ [picture]: 'red ring' }, []]);
});

it('keeps commas, quotes and line breaks of a table', async () => {
  const { captions } = await read(['a.png'], { 'metadata.csv': 'file_name,text\na.png,"a ""red"", round\nring"' });
  expect(captions.get('a.png')).toBe('a "red", round\nring');
});

it('passes over files of JSON that hold other things', async () => {
  const { captions, wordless } = await read(['a.png'], { 'a.json': '{"shapes": []}', 'a.txt': 'red' });
  expect([captions.get('a.png'), wordless]).toEqual(['red', ['a.json']]);
});

it('names captions without a picture', async () => {
  const files = { 'b.txt': 'x', 'metadata.jsonl': `${line('a.png', 'x')}\n${line('c.png', 'y')}` };
  const { captions, unused } = await read(['a.png'], files);
  expect([captions.size, unused]).toEqual([1, ['b.txt', 'c.png (metadata.jsonl, line 2)']]);
});

it.each<[string, Files, string]>([
  ['up', { 'metadata.jsonl': line('../../x.png', 'x') }, '../../x.png (metadata.jsonl, line 1)'],
  ['down and up', { 'c/metadata.csv': 'file_name,text\nd/../../../x.png,x' }, '../x.png (c/metadata.csv, row 2)'],
  ['by its whole path', { 'metadata.jsonl': line('/../x.png', 'x') }, 'x.png (metadata.jsonl, line 1)'],
])('tells of a picture outside of the folder: %s', async (_, files, place) => {
  const { captions, unused, outside } = await read(['x.png', 'c/x.png'], files);
  expect([captions.size, unused, outside]).toEqual([0, [], [expect.stringContaining(place)]]);
});

it.each<[string, Files, string]>([
  [
    'two that differ',
    { 'a.txt': 'red', 'a.caption': 'blue' },
    'a.png has two captions that differ: "red" in a.txt and "blue" in a.caption',
  ],
  [
    'a line that is not JSON',
    { 'metadata.jsonl': `${line('a.png', 'x')}\n{"file_name"` },
    'metadata.jsonl, line 2 cannot be read',
  ],
  [
    'a line without a name',
    { 'metadata.jsonl': '{"image": "a.png"}' },
    'line 1 cannot be read: no `file_name` (it has image)',
  ],
  [
    'a table without texts',
    { 'metadata.csv': 'file_name,label\na.png,3' },
    'row 2 cannot be read: none of the fields text, caption, prompt',
  ],
  [
    'a row of other length',
    { 'metadata.csv': 'file_name,text\na.png,red, round' },
    'row 2 cannot be read: 3 cells, but the table has 2',
  ],
  ['a quote that is not closed', { 'metadata.csv': 'file_name,text\na.png,"red' }, 'a quote is not closed'],
  ['several texts', { 'metadata.jsonl': line('a.png', ['x', 'y']) }, '`text` is a list, not one text'],
  ['JSON that is a list', { 'captions.json': '[1]' }, 'captions.json cannot be read: an object was expected'],
  ['a broken file of JSON', { 'a.json': '{' }, 'a.json is not JSON'],
])('refuses %s', async (_, files, message) => expect(await failureOf(() => read(['a.png'], files))).toContain(message));
