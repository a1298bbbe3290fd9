import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { hasEfficientNetLite0 } from '../../src/score/efficientnet-lite0';
import { writeSafetensors } from '../../src/data/safetensors';
import { weft, type Outcome } from '../support/weft';

const folder = mkdtempSync(join(tmpdir(), 'weft-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A model by class, its recipe with grids and validation, and how it is sampled. */
const spec = (sample: string): string => `${sample}
model C() {
  input noisy: image(8, channels: 1)
  input time:  time(noise: 0, data: 1)
  input kind:  class(5)
  output velocity: image(8, channels: 1) = tanh(noisy * param([1], init: one) @weight + sum(embed(kind, 4, init: normal(0.7)) @table) + time) - noisy
}
model Means() {
  input image: [3, 8, 8]
  output features: [3] = mean(rearrange(image, "c h w -> c (h w)"), axis: -1) * param([1]) @weight
}
train t of C {
  data         = scenes(count: 12, split: all)
  objective    = rectified_flow(time: uniform)
  optimizer    = adamw(rate: 1e-3)
  ema          = 0.5
  drop         = label(0.2)
  batch        = 4
  steps        = 4
  sample_every = 2
  validate     = held_out(every: 2, images: 4, data: scenes(count: 4, seed: 9, split: all))
}`;

const methods = {
  'built-in': 'sample of C { solver = heun_exact(steps: 3, shift: 2) guidance = cfg(2, to: 0.8) }',
  declared: `
solver trapezoid(steps: Int, shift: Float = 1) {
  let at = i => i / (i + (steps - i) * shift)
  let (t, next) = (at(index), at(index + 1))
  let there = noisy + (next - t) * velocity(noisy, t)
  if index + 1 == steps { output noisy = there } else {
    output noisy = 0.5 * (noisy + there + (next - t) * velocity(there, next))
  }
}
guidance until(scale: Float, to: Float) {
  return if 0 < time and time < to { branch(none) + scale * (branch() - branch(none)) } else { branch() }
}
sample of C { solver = trapezoid(steps: 3, shift: 2) guidance = until(2, to: 0.8) }`,
  other: 'sample of C { solver = euler(steps: 3, shift: 2) guidance = cfg(2, to: 0.8) }',
};
type Method = keyof typeof methods;

const run = (...args: string[]): Promise<Outcome> => weft(args, { cwd: folder, env: { WEFT_PORTABLE: '1' } });

beforeAll(async () => {
  for (const [name, sample] of Object.entries(methods)) {
    writeFileSync(join(folder, `${name}.weft`), spec(sample));
    expect(await run('train', `${name}.weft#t`, '--out', name)).toMatchObject({ status: 0 });
  }
  await writeSafetensors(join(folder, 'w.safetensors'), {
    weight: { shape: [1], dtype: 'f32', data: Float32Array.of(1) },
  });
}, 240_000);

/** The largest difference between two pictures, in levels. */
async function apart(a: string, b: string): Promise<number> {
  const [x, y] = await Promise.all([a, b].map((path) => sharp(join(folder, path)).raw().toBuffer()));
  return x.reduce((most, level, i) => Math.max(most, Math.abs(level - y[i])), 0);
}

it('draws the same grids while it trains, and validates the same', async () => {
  const grid = (name: Method): string => join(name, 'samples', 'step-000002.png');
  expect(await apart(grid('declared'), grid('built-in'))).toBeLessThanOrEqual(1);
  expect(await apart(grid('declared'), grid('other'))).toBeGreaterThan(1);
  const held = (name: Method): unknown[] =>
    readFileSync(join(folder, name, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { validationLoss?: number }).validationLoss);
  expect(held('declared')).toEqual(held('built-in'));
  expect(held('declared').filter((loss) => loss !== undefined)).toHaveLength(2);
});

it('is evaluated alike', async () => {
  const distance = async (name: Method): Promise<number> => {
    const by = ['--extractor', `${name}.weft#Means`, '--extractor-weights', 'w.safetensors'];
    const { stdout } = await run('evaluate', name, '--images', '9', '--metrics', 'frechet', '--json', ...by);
    return (JSON.parse(stdout) as { sets: { measured: { value: number }[] }[] }).sets[0].measured[0].value;
  };
  const [declared, builtIn, other] = [await distance('declared'), await distance('built-in'), await distance('other')];
  expect(declared / builtIn).toBeCloseTo(1, 4);
  expect(Math.abs(other / builtIn - 1)).toBeGreaterThan(1e-3);
});

(hasEfficientNetLite0() ? it : it.skip)('is scored alike', async () => {
  const distance = async (name: Method): Promise<number> => {
    const { stdout } = await run('score', '--run', name, '--count', '6', '--size', '32', '--json');
    return (JSON.parse(stdout) as { distance: number }).distance;
  };
  const [declared, builtIn] = [await distance('declared'), await distance('built-in')];
  expect(declared / builtIn).toBeCloseTo(1, 3);
});
