import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { checkFile } from '../../src/compiler/compile';
import { renderText } from '../../src/compiler/diagnostics/render';
import { readSpec } from '../support/compile';

const listings = [...readFileSync('docs/tutorial.md', 'utf8').matchAll(/```weft\n([\s\S]*?)```/g)].map((m) => m[1]);

it('has listings', () => {
  expect(listings.length).toBeGreaterThan(4);
});

for (const [i, text] of listings.entries()) {
  it(`compiles listing ${i + 1} of the tutorial`, () => {
    const read = (path: string): string | null => (path === 'mine.weft' ? text : readSpec(path));
    expect(renderText(checkFile('mine.weft', read).diagnostics, { colors: false })).toBe('');
  });
}
