/** Texts that are one thing over and over are answered in time that grows with their length. */
import { expect, it } from '@jest/globals';
import { largeInputs } from '../../fuzz/front/large';
import { renderText } from '../../src/compiler/diagnostics/render';
import { openSpec } from '../../src/spec/open';

/** Characters: what took time with the square of them needed from 5 s to minutes. */
const size = 8_000;
/** Seconds of processor time; each needs about a tenth of that, on a slow machine. */
const limit = 4;

it.each(Object.keys(largeInputs))('answers at once: %s', (what) => {
  const text = largeInputs[what](size);
  const before = process.cpuUsage();
  const { spec } = openSpec('specs/large.weft', { text, elaborateModels: true });
  const report = renderText(spec.diagnostics);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(limit);
  expect(spec.diagnostics.length).toBeLessThan(210);
  expect(report.length).toBeLessThan(200_000);
});
