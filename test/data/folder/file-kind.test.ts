import { expect, it } from '@jest/globals';
import { endingOf, isPictureName, kindOfBytes } from '../../../src/data/folder/file-kind';

it.each([
  ['\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'png'],
  ['\xff\xd8\xff\xe1', 'jpeg'],
  ['GIF89a', 'gif'],
  ['RIFF\0\0\0\0WEBPVP8 ', 'webp'],
  ['II*\0\b\0\0\0', 'tiff'],
  ['MM\0*\0\0\0\b', 'tiff'],
  ['\0\0\0\x20ftypavif\0\0\0\0avifmif1', 'avif'],
  ['\0\0\0\x20ftypmif1\0\0\0\0mif1avif', 'avif'],
  ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'heic'],
  [`BM${'\0'.repeat(12)}\x28\0\0\0${'\0'.repeat(36)}`, 'bmp'],
  ['BMW is a car maker, of a length', null],
  ['<svg xmlns="x">', 'svg'],
  ['\xef\xbb\xbf<?xml version="1.0"?>\n<!-- by hand -->\n<svg/>', 'svg'],
  ['<html><svg></svg>', null],
  ['8BPS\0\x01', null],
  ['\0\0\0\x14ftypqt  ', null],
  ['', null],
])('tells by the first bytes %j: %s', (bytes, kind) => expect(kindOfBytes(Buffer.from(bytes, 'latin1'))).toBe(kind));

it.each(['a.PNG', 'a.JPEG', 'a.jfif', 'a.Tif', 'a.tiff', 'a.gif', 'a.bmp', 'a.HEIC', 'a.b.webp'])(
  'takes %s for a picture',
  (name) => expect(isPictureName(name)).toBe(true),
);

it.each([
  ['x/a.PSD', '.psd'],
  ['x.y/readme', 'without an ending'],
  ['a.tar.gz', '.gz'],
])('takes %s for a file %s', (name, ending) => expect(endingOf(name)).toBe(ending));
