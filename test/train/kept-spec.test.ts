import { expect, it } from '@jest/globals';
import { keepSpec } from '../../src/train/kept-spec';

const kept = (main: string, ...others: string[]): string[] => {
  const { main: at, files } = keepSpec(main, new Map([main, ...others].map((path) => [path, ''])));
  return [at, ...[...files.keys()].slice(1)];
};

it('keeps files as they lie to each other', () => {
  expect(kept('specs/examples/a.weft', 'specs/b.weft', 'specs/examples/c.weft')).toEqual([
    'examples/a.weft',
    'b.weft',
    'examples/c.weft',
  ]);
});

it('keeps a single file at the top and shipped files apart', () => {
  expect(kept('/home/me/a.weft', 'std/nn', 'std/dit')).toEqual([
    'a.weft',
    'shipped/std/nn.weft',
    'shipped/std/dit.weft',
  ]);
});
