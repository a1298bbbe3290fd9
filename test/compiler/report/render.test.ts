import { expect, it } from '@jest/globals';
import { costsOf } from '../../../src/compiler/report/costs';
import { memoryOf } from '../../../src/compiler/report/memory';
import { bytes, renderReport } from '../../../src/compiler/report/render';
import { tinyModel } from '../../support/tiny-model';

it('aligns every column of the table', () => {
  const lines = renderReport(costsOf(tinyModel())).split('\n');
  const table = lines.slice(2, 8);
  expect(table.every((line) => line.startsWith('  '))).toBe(true);
  expect(table[0]).toMatch(/^ {2}module +block +parameters +GFLOPs +linear +attention +in full +share$/);
  const parametersEnd = table[0].indexOf('parameters') + 'parameters'.length;
  for (const line of table.slice(1)) expect(line.slice(0, parametersEnd)).toMatch(/\d$/);
  expect(table.at(-1)).toMatch(/^ {2}total .* 100\.0 %$/);
});

it('gathers repeated blocks in one line with their sum', () => {
  const costs = costsOf(tinyModel());
  const [block] = costs.blocks.filter((b) => b.name === 'block');
  const repeated = { ...costs, blocks: [0, 1, 2].map((i) => ({ ...block, name: `blocks.${i}` })) };
  const line = renderReport(repeated)
    .split('\n')
    .find((l) => l.includes('blocks × 3'))!;
  expect(line).toContain(`Block  ${(3 * block.parameters).toLocaleString('en-US').padStart(10)}`);
});

it('says what memory training takes, when asked', () => {
  const text = renderReport(costsOf(tinyModel()), memoryOf(tinyModel(), { batch: 4, precision: 'bf16' }));
  expect(text).toContain('Memory of a training step, batch 4, bf16:');
  expect(text).toMatch(/the optimiser's state +\d/);
  expect(text).toMatch(/recompute = blocks: kept +\d/);
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.50 KiB'],
  [3 * 2 ** 30, '3.00 GiB'],
])('writes %d bytes as %s', (n, text) => {
  expect(bytes(n)).toBe(text);
});
