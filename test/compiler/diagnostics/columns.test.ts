import { expect, it } from '@jest/globals';
import { shownLine } from '../../../src/compiler/diagnostics/columns';

it.each([
  ['letters', 'a b '.repeat(1000)],
  ['wide letters', '漢字'.repeat(2000)],
  ['emoji of eleven characters', '👨‍👩‍👧‍👦'.repeat(400)],
  ['letters with many marks', `a${'\u0301'.repeat(9)}`.repeat(400)],
])('marks both cuts of a long line of %s', (_, line) => {
  const { text, from, to } = shownLine(line, 2200, 2201);
  expect(text).toMatch(/^… .* …$/u);
  expect([from, to].every((column) => column >= 0 && column <= 102)).toBe(true);
});

/** Processor time in which as many places of a line are shown as are ever shown of a file. */
function timeOf(line: string, apart: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < 200; i++) shownLine(line, 300 + apart * i, 302 + apart * i);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

it('shows places of a line that is the whole file in the time of short ones', () => {
  const [short, long] = ['漢字, '.repeat(200), '漢字, '.repeat(50_000)];
  timeOf(short, 0);
  // Looking at thousands of characters for each took 5 s in all.
  expect(timeOf(long, 500) / timeOf(short, 0)).toBeLessThan(5);
});
