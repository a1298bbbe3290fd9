/** Texts that are one thing over and over are answered in time that grows with their length, and not with its square. */
import { expect, it } from '@jest/globals';
import { largeInputs } from '../../fuzz/front/large';
import { renderText } from '../../src/compiler/diagnostics/render';
import { openSpec } from '../../src/spec/open';

/** Characters of the shortest text. */
const size = 8000;
/** What four times the text may take, as a multiple: the square would be 16. */
const mostGrowth = 8;
/** Seconds that may come on top: what the collector of garbage and other programs take now and then. */
const slack = 0.25;
/** The least of so many measurements counts. */
const mostTries = 12;

it.each(Object.keys(largeInputs))('grows with the length: %s', (what) => {
  const [short, long, longer] = [size, 4 * size, 16 * size].map((n) => largeInputs[what](n));
  if (!growsTooMuch(short, long)) return;
  // Where a limit of the language is reached between two lengths, the time rises once; what grows with the square rises again.
  expect(growsTooMuch(long, longer)).toBe(false);
});

/** Whether the longer of two texts, of four times the length, takes too many times as long. */
function growsTooMuch(short: string, long: string): boolean {
  let [least, most] = [0, secondsOf(long)];
  for (let tries = 0; tries < mostTries && most > mostGrowth * least + slack; tries++) {
    least = Math.min(least || Infinity, secondsOf(short));
    most = Math.min(most, secondsOf(long));
  }
  return most > mostGrowth * least + slack;
}

/** Seconds of processor time, after which the report has been found short. */
function secondsOf(text: string): number {
  const before = process.cpuUsage();
  const { spec } = openSpec('specs/large.weft', { text, elaborateModels: true });
  const report = renderText(spec.diagnostics);
  const { user, system } = process.cpuUsage(before);
  expect(spec.diagnostics.length).toBeLessThan(210);
  expect(report.length).toBeLessThan(200_000);
  return (user + system) / 1e6;
}
