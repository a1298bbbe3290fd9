import { expect, it } from '@jest/globals';
import { decodeText } from '../../../src/data/folder/text-file';
import { failureOf } from '../../support/failure';

const text = 'café ☕ 雪';
const utf16 = Buffer.from(text, 'utf16le');
const swapped = Buffer.from(utf16).swap16();

it.each([
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with its mark', Buffer.from(`\ufeff${text}`)],
  ['UTF-16 LE', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])],
  ['UTF-16 BE', Buffer.concat([Buffer.from([0xfe, 0xff]), swapped])],
])('reads %s', (_, bytes) => expect(decodeText(bytes, 'a.txt')).toBe(text));

it.each([
  ['Latin-1', Buffer.from('café', 'latin1')],
  ['Windows-1252', Buffer.from([0x93, 0x61, 0x94])],
  ['Shift JIS', Buffer.from([0x90, 0xe1])],
  ['UTF-16 LE without its mark', Buffer.from('red', 'utf16le')],
  ['UTF-16 BE without its mark', Buffer.from('red', 'utf16le').swap16()],
  ['UTF-16 LE of an odd length', Buffer.from([0xff, 0xfe, 0x61])],
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0])],
  ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47])],
])('refuses %s by the name of the file', async (_, bytes) => {
  expect(await failureOf(() => decodeText(bytes, 'pics/a.txt'))).toMatch(/^pics\/a\.txt is not text in UTF-8/);
});
