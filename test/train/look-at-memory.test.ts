/** `weft check` says of memory what training refuses before it starts. */
import { expect, it } from '@jest/globals';
import { isNativeAvailable } from '../../src/setup/native';
import { openSpec } from '../../src/spec/open';
import { withDataLookedAt } from '../../src/train/look-at-data';

const model = `
model M() {
  input noisy: image(4x4)
  input time: scalar
  output velocity: image(4x4) = linear(noisy, 4) * time
}
`;

const recipe = (batch: number, name = 't', steps = 2): string => `
train ${name} of M {
  data = scenes(16)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-4)
  batch = ${batch}
  steps = ${steps}
}
`;

function warned(batch: number): Promise<readonly string[]> {
  return warnedOf(model + recipe(batch));
}

async function warnedOf(text: string): Promise<readonly string[]> {
  const { diagnostics } = await withDataLookedAt(openSpec('memory.weft', { text, elaborateModels: true }));
  return diagnostics
    .filter((d) => d.code === 'memory-short' || d.code === 'memory-unread')
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

const many = Array.from({ length: 12 }, (_, i) => i);

it('looks at all recipes that share a step', async () => {
  const warnings = await warnedOf(model + many.map((i) => recipe(1e9, `t${i}`, 10 + i)).join(''));
  expect(warnings).toHaveLength(many.length);
  for (const warning of warnings) expect(warning).toMatch(/\(--batch\) needs about/);
});

it('says of how many it could not tell', async () => {
  const warnings = await warnedOf(model + many.map((i) => recipe(1e9 + i, `t${i}`)).join(''));
  expect(warnings).toHaveLength(9);
  expect(warnings[8]).toMatch(
    /^warning \| 1000000008 \| .* was done for 8 recipes; 4 others, from this one on, are not/,
  );
});

(isNativeAvailable() ? it : it.skip)('takes a model for small by the memory that there is', async () => {
  const before = process.constrainedMemory;
  process.constrainedMemory = () => 2 ** 20;
  try {
    expect(await warnedOf(model + recipe(4000))).toEqual([expect.stringMatching(/this process may use 1\.00 MiB/)]);
  } finally {
    process.constrainedMemory = before;
  }
});

it('leaves to others what else is wrong with a step', async () => {
  const own = recipe(1e9).replace('rectified_flow(time: uniform())', 'own');
  expect(await warnedOf(`${model}objective own() { return model(image, time: 0) }${own}`)).toEqual([]);
});
