import { beforeAll, expect, it } from '@jest/globals';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireApart } from '../../src/files/apart';
import { suiteFolder } from '../support/folder';

const folder = suiteFolder();
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  writeFileSync(at('picture.png'), '');
  symlinkSync(at('picture.png'), at('link.png'));
});

it.each([
  ['the file itself', 'picture.png'],
  ['the file by another spelling', './picture.png'],
  ['a link to it', 'link.png'],
])('%s is not written over', (_, name) => {
  const out = `${folder}/${name}`;
  expect(() => requireApart({ '--out': out }, [undefined, at('picture.png')])).toThrow(/is both read and written/);
  expect(() => requireApart({ '--out': at('new.png'), '--strip': out }, [at('picture.png')])).toThrow(
    expect.objectContaining({ hint: 'Name another file with --strip.' }),
  );
});

it('two options that name one file are refused', () => {
  const strip = `${folder}/x/../new.png`;
  expect(() => requireApart({ '--out': at('new.png'), '--strip': strip }, [])).toThrow(/--out and --strip both name/);
});

it('files apart are fine', () => {
  requireApart({ '--out': at('new.png'), '--strip': undefined }, [at('picture.png'), '0.5', undefined]);
});
