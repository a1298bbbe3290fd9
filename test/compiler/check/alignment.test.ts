import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { checkFile } from '../../../src/compiler/compile';

const text = readFileSync('test/diagnostics/cases/align-place.weft', 'utf8');

/** Messages about `align = repa(at: PLACE, …)`, where the section is about `model`. */
function told(place: string, model = 'Small', more = ''): string[] {
  const written = text.replace('at: patch_block[2]', place).replace('of Small', `of ${model}`) + more;
  return checkFile('t.weft', (path) => (path === 't.weft' ? written : null)).diagnostics.map((d) => d.message);
}

it('takes blocks and taps with tokens, with and without the name of the argument', () => {
  for (const place of ['at: patch_blocks[3]', 'patch_blocks[3]', 'at: patches', 'at: patch_blocks']) {
    expect(told(place)).toEqual([]);
  }
});

it('looks into the model that the section is about, under any of its names', () => {
  const missing = (model: string, count: number): string[] => [
    `\`patch_blocks\` of ${model} has ${count} blocks, so there is no patch_blocks[9].`,
  ];
  expect(told('at: patch_blocks[9]', 'Same', 'model Same = Small()\n')).toEqual(missing('Small', 3));
  expect(told('at: patch_blocks[9]', 'Deep', 'model Deep = Small(depth: 6)\n')).toEqual(missing('Deep', 6));
});
