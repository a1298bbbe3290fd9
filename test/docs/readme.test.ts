import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createProgram } from '../../src/cli/program';
import { weft } from '../support/weft';

/** Commands in the README with what it says that they print. */
const runs = [...readFileSync('README.md', 'utf8').matchAll(/^\$ npx weft (.*)\n([^`$]*)/gm)].map(
  ([, command, printed]) => [command, printed.trim()] as const,
);

it('shows what commands print', () => {
  expect(runs.length).toBeGreaterThan(1);
});

it('shows a command and what it prints within fifteen lines, and a picture soon after', () => {
  const lines = readFileSync('README.md', 'utf8').split('\n');
  const [opens, closes] = lines.flatMap((line, i) => (line.startsWith('```') ? [i] : []));
  expect(lines[opens + 1]).toMatch(/^\$ npx weft /);
  // The line that closes the block is not of its output, and indices are from 0.
  expect(closes).toBeLessThanOrEqual(15);
  expect(lines.findIndex((line) => line.includes('!['))).toBeLessThan(25);
});

it.each(runs)('weft %s prints what the README says', async (command, printed) => {
  const { stdout, stderr } = await weft(command.split(' '));
  expect(stdout + stderr).toContain(printed);
});

it('names every command', () => {
  const text = readFileSync('README.md', 'utf8');
  const commands = createProgram().commands.map((command) => command.name());
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.filter((name) => !text.includes(`npx weft ${name}`))).toEqual([]);
});
