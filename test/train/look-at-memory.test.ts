/** `weft check` says of memory what training refuses before it starts. */
import { expect, it } from '@jest/globals';
import { openSpec } from '../../src/spec/open';
import { withDataLookedAt } from '../../src/train/look-at-data';

const spec = (batch: number): string => `
model M() {
  input noisy: image(4x4)
  input time: scalar
  output velocity: image(4x4) = linear(noisy, 4) * time
}

train t of M {
  data = scenes(16)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-4)
  batch = ${batch}
  steps = 2
}
`;

async function warned(batch: number): Promise<readonly string[]> {
  const { diagnostics } = await withDataLookedAt(openSpec('memory.weft', { text: spec(batch), elaborateModels: true }));
  return diagnostics
    .filter((d) => d.code === 'memory-short')
    .map((d) => [d.severity, d.span.source.text.slice(d.span.start, d.span.end), d.message, d.hint].join(' | '));
}

it('warns of a batch that no machine holds, at the batch, with what would fit', async () => {
  const [warning, ...others] = await warned(1_000_000_000);
  expect(others).toEqual([]);
  expect(warning).toMatch(
    /^warning \| .*1000000000 \| Training M with a batch of 1,000,000,000 \(--batch\) needs about /,
  );
  expect(warning).toMatch(/What fits: --batch \d+/);
});

it('says nothing of a batch that fits', async () => {
  expect(await warned(2)).toEqual([]);
});
