/** A run gets the weights of its frozen model from another run, and goes on with them after an interruption. */
import { expect, it } from '@jest/globals';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suiteFolder } from '../support/folder';
import { weft } from '../support/weft';

const folder = suiteFolder();
const spec = (steps: number): string => `
objective distilled() {
  let t = uniform(0, 1)
  let noisy = t * image + (1 - t) * normal(like: image)
  tap taught = mean(square(model(noisy, time: t) - teacher(noisy, time: t)), axis: all)
  return taught
}
model M(size: Size = 4x4) {
  input noisy: image(size, channels: 1)
  input time:  time(noise: 0, data: 1)
  let x = silu(linear(rearrange(noisy, "c h w -> (h w) c"), 4) @in + linear(stack(time, 1 - time), 4) @time)
  output velocity: image(size, channels: 1) = rearrange(linear(x, 1) @out, "(h w) c -> c h w", h: 4)
}
train large of M {
  data      = mnist()
  objective = rectified_flow(time: uniform)
  optimizer = adamw(rate: 1e-2)
  batch     = 4
  steps     = 3
}
train same of M {
  data      = mnist()
  objective = distilled
  from      = "large"
  teacher   = frozen(M, weights: "large")
  optimizer = adamw(rate: 0)
  batch     = 4
  steps     = ${steps}
  checkpoint = 1
}`;

interface Step {
  readonly parts: { readonly taught: number };
}

it('differs by nothing from a model with the same weights, also after --resume', async () => {
  const train = (recipe: string, steps: number, ...more: string[]) => {
    writeFileSync(join(folder, 'm.weft'), spec(steps));
    return weft(['train', `m.weft#${recipe}`, '--out', recipe, '--backend', 'tfjs', ...more], { cwd: folder });
  };
  const missing = await train('same', 1);
  expect([missing.status, missing.stderr]).toEqual([1, expect.stringContaining('does not exist')]);
  expect(await train('large', 1)).toMatchObject({ status: 0 });
  const first = await train('same', 1);
  expect([first.status, first.stderr]).toEqual([0, expect.stringContaining('Teacher: M with')]);
  // The checkpoint has the weights: their file is not needed again.
  rmSync(join(folder, 'large'), { recursive: true });
  expect(await train('same', 3, '--resume')).toMatchObject({ status: 0 });
  const lines = readFileSync(join(folder, 'same', 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const taught = lines.map((line) => (JSON.parse(line) as Step).parts.taught);
  expect(taught).toEqual([0, 0, 0]);
});
