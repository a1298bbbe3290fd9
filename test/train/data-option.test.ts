import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { shortForms } from '../../src/compiler/recipe/data/index';
import type { DataSource } from '../../src/compiler/recipe/index';
import { readDataSource } from '../../src/train/data-option';

const before: DataSource = { kind: 'folder', path: 'old', flip: true };

it('reads sources in short as their declarations say, and keeps mirroring', () => {
  expect(readDataSource('emoji:noto, flags', before)).toEqual({
    kind: 'emoji',
    styles: ['noto', 'flags'],
    flip: true,
    groups: null,
  });
  expect(readDataSource('emoji', before)).toEqual({ kind: 'emoji', styles: ['twemoji'], flip: true, groups: null });
  expect(readDataSource('scenes', before)).toEqual({ kind: 'scenes', count: 10_000, seed: 0, split: 'train' });
  expect(readDataSource('compositions:position,long', before)).toEqual({
    kind: 'compositions',
    categories: ['position', 'long'],
    count: 10_000,
    seed: 0,
    split: 'train',
  });
  expect(readDataSource('mnist', before)).toEqual({ kind: 'mnist' });
});

it('keeps the recipe as it is where it names the source of the recipe', () => {
  const scenes: DataSource = { kind: 'scenes', count: 7, seed: 3, split: 'all' };
  expect(readDataSource('scenes', scenes)).toBe(scenes);
});

it('takes anything else for a folder, of latents where the recipe has latents', () => {
  const path = resolve('pictures/cats');
  expect(readDataSource('pictures/cats', before)).toEqual({ kind: 'folder', path, flip: true });
  const latents: DataSource = { kind: 'latents', path: 'old', scale: 2, shift: 1 };
  expect(readDataSource('pictures/cats', latents)).toEqual({ ...latents, path });
});

it('takes a path that ends in .tar or .parquet for such a file, or for a pattern of several', () => {
  expect(readDataSource('shards/*.tar', before)).toEqual({ kind: 'tar', path: resolve('shards/*.tar'), flip: true });
  expect(readDataSource('a.TAR', before)).toMatchObject({ kind: 'tar' });
  expect(readDataSource('a.parquet', before)).toEqual({ kind: 'parquet', path: resolve('a.parquet'), flip: true });
  const columns: DataSource = { kind: 'parquet', path: 'old', image: 'photo', flip: false };
  expect(readDataSource('a.parquet', columns)).toEqual({ ...columns, path: resolve('a.parquet') });
});

it('takes a folder of the name of a source for a folder where it is written as a path', () => {
  expect(readDataSource('./emoji', before)).toEqual({ kind: 'folder', path: resolve('emoji'), flip: true });
});

it('names a style that there is not, and those there are', () => {
  expect(() => readDataSource('emoji:twemojo', before)).toThrow(/--data:1:\d+ +error setting-kind.*\n[^]*twemoji/);
});

it('says which sources it knows in short', () => {
  expect(shortForms).toEqual([
    'emoji',
    'emoji:STYLES,…',
    'mnist',
    'scenes',
    'compositions',
    'compositions:CATEGORIES,…',
  ]);
});
