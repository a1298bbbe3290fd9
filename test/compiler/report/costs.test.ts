import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { checkFile } from '../../../src/compiler/compile';
import { costsOf, sumOf } from '../../../src/compiler/report/costs';
import { memoryOf } from '../../../src/compiler/report/memory';
import { renderReport } from '../../../src/compiler/report/render';
import { compileModel, pixelditSettings } from '../../support/compile';
import { tinyModel } from '../../support/tiny-model';

it('counts linear layers and attention of one image by hand', () => {
  const costs = costsOf(tinyModel());
  const linear = 2 * (4 * 12 * 8 + 3 * 4 * 8 * 8 + 8 * 8 + 4 * 8 * 12);
  const attention = 4 * 4 * 4 * 8;
  expect(costs).toMatchObject({ flopsLinear: linear, flopsAttention: attention, flops: linear + attention });
  expect(costs.parameters).toBe(8 * 12 + 8 + 6 * 8 + 8 + 4 * 64 + 12 * 8 + 12);
});

it('adds what the convention leaves out to the full count', () => {
  const { blocks } = costsOf(tinyModel());
  const condition = blocks.find((b) => b.name === 'condition')!;
  // Time feature times weight, the sum with the label, and SiLU as two ops, each on 8 elements; the look-up is free.
  expect(condition).toMatchObject({ flops: 0, flopsFull: 4 * 8, parameters: 8 + 6 * 8 });
  const block = blocks.find((b) => b.name === 'block')!;
  // RMSNorm 4, gate 1 and residual 1 on 4·8 elements; the scale of 4·8 queries; softmax 5 on 4·4 scores.
  expect(block.flopsFull - block.flops).toBe(6 * 32 + 32 + 5 * 16);
});

it('lists top-level modules in order of use, with what was called', () => {
  expect(costsOf(tinyModel()).blocks.map((b) => [b.name, b.callee])).toEqual([
    ['embed', 'linear'],
    ['condition', 'silu'],
    ['block', 'Block'],
    ['final', 'linear'],
  ]);
});

interface Counted {
  readonly id: string;
  readonly config: { readonly [key: string]: unknown };
  readonly params: number;
  readonly flops: number;
  readonly flops_linear: number;
  readonly flops_attention: number;
  readonly params_by_part: { readonly [part: string]: number };
  readonly flops_by_part: { readonly [part: string]: number };
}

const { configs } = JSON.parse(readFileSync(new URL('../../golden/counts.json', import.meta.url), 'utf8')) as {
  configs: Counted[];
};
/** All sizes of the class-conditional model; the other rows vary nothing that these do not. */
const official = configs.filter((c) => /^(c2i_(B|XL)|c2i_L_p16|depth_XL_N22)/.test(c.id));

it.each(official.map((c) => [c.id, c] as const))(
  'counts %s as the reference does, to the unit and by part',
  (_, want) => {
    const settings = pixelditSettings({ in_channels: 3, attn_num_heads: want.config.num_heads, ...want.config });
    const costs = costsOf(compileModel('specs/pixeldit.weft', 'PixelDiT', settings));
    expect(costs).toMatchObject({
      parameters: want.params,
      flops: want.flops,
      flopsLinear: want.flops_linear,
      flopsAttention: want.flops_attention,
    });
    for (const [part, flops] of Object.entries({ ...want.flops_by_part })) {
      const members = costs.blocks.filter((b) => b.name.split('.')[0] === part);
      expect([part, sumOf(members)]).toMatchObject([part, { flops, parameters: want.params_by_part[part] }]);
    }
  },
);

it.each([
  ['features', 'input words: text(width: 4)', 'mean(mean(words))', 128],
  ['features and their places', 'input words: text(width: 4)', 'mean(slice(range(3), 0, words.tokens))', 2],
  ['a mask', 'input seen: mask()', 'mean(seen)', 128],
  ['a longest text', 'input words: text(width: 4, longest: 20)', 'mean(mean(words))', undefined],
  ['a fixed length', 'input words: text(7, 4)', 'mean(mean(words))', undefined],
])('counts a model of texts of any length: %s', (_, input, value, tokens) => {
  const text = `model M() {\n  input noisy: image(4x4)\n  input time: scalar\n  ${input}\n  output velocity: image(4x4) = noisy * time + ${value}\n}`;
  const { model } = checkFile('case.weft', (path) => (path === 'case.weft' ? text : null)).elaborate('M');
  const costs = costsOf(model!);
  expect(costs.textTokens).toBe(tokens);
  expect(costs.flopsFull).toBeGreaterThan(0);
  expect(renderReport(costs, memoryOf(model!, { batch: 2 })).includes('Counted for a text')).toBe(tokens !== undefined);
});
