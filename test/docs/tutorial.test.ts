import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { checkFile } from '../../src/compiler/compile';
import { renderText } from '../../src/compiler/diagnostics/render';
import { readSpec } from '../support/compile';

/** Pages whose listings are whole files, and how many there are at least. */
const pages = { 'docs/tutorial.md': 5, 'docs/objectives.md': 1 };

for (const [page, least] of Object.entries(pages)) {
  const listings = [...readFileSync(page, 'utf8').matchAll(/```weft\n([\s\S]*?)```/g)].map((m) => m[1]);

  it(`${page} has listings`, () => {
    expect(listings.length).toBeGreaterThanOrEqual(least);
  });

  for (const [i, text] of listings.entries()) {
    it(`compiles listing ${i + 1} of ${page}`, () => {
      const read = (path: string): string | null => (path === 'mine.weft' ? text : readSpec(path));
      expect(renderText(checkFile('mine.weft', read).diagnostics, { colors: false })).toBe('');
    });
  }
}
