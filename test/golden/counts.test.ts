import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { costsOf } from '../../src/compiler/report/costs';
import { compileModel, configured, type GoldenConfig } from '../support/compile';

interface Row {
  readonly id: string;
  readonly config: GoldenConfig;
  readonly params: number;
  readonly flops: number;
  readonly flops_attention: number;
}

const file = new URL('./counts.json', import.meta.url);
const rows = (JSON.parse(readFileSync(file, 'utf8')) as { configs: readonly Row[] }).configs;

it('covers all 51 configurations', () => {
  expect(rows).toHaveLength(51);
});

for (const row of rows) {
  it(`counts ${row.id} to the unit`, () => {
    const { file, model, settings } = configured(row.config);
    const costs = costsOf(compileModel(file, model, settings), { text: Number(row.config.text_tokens ?? 0) });
    expect({ parameters: costs.parameters, flops: costs.flops, attention: costs.flopsAttention }).toEqual({
      parameters: row.params,
      flops: row.flops,
      attention: row.flops_attention,
    });
  });
}
