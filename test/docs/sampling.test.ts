/** What docs/sampling.md writes compiles as it is written. */
import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { checkFile } from '../../src/compiler/compile';
import { renderText } from '../../src/compiler/diagnostics/render';
import { readSpec } from '../support/compile';

const page = readFileSync('docs/sampling.md', 'utf8');
const [solver, guidance] = [...page.matchAll(/```weft\n([^]*?)```/g)].map(([, text]) => text);
const library = ['solvers', 'guidance'].map((file) => readSpec(`std/${file}`)!).join('');

function problems(text: string): string {
  const { diagnostics } = checkFile('mid.weft', (path) => (path === 'mid.weft' ? text : readSpec(path)));
  return renderText(diagnostics, { colors: false });
}

it('shows a solver and a guidance that compile', () => {
  expect(problems(solver)).toBe('');
  const late = solver.replace(/import \{ cfg.*\n/, '').replace('cfg(2, to: 0.8)', 'late(2)');
  expect(problems(guidance + late)).toBe('');
});

it('names all that the library has', () => {
  const names = [...library.matchAll(/^(?:solver|guidance) (\w+)/gm)].map(([, name]) => name);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
