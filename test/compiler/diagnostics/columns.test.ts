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

it('shows places of a line that is the whole file in the time of short ones', () => {
  const line = '漢字, '.repeat(50_000);
  const before = process.cpuUsage();
  for (let i = 0; i < 200; i++) shownLine(line, 500 * i, 500 * i + 2);
  const { user, system } = process.cpuUsage(before);
  // As many places as are ever shown of a file; looking at thousands of characters for each took 5 s.
  expect((user + system) / 1e6).toBeLessThan(2.5);
});
