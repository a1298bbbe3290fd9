/** An objective of the language trains, is kept by the run, goes on as it was, and is refused where it has changed. */
import { expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNativeAvailable } from '../../src/setup/native';
import { suiteFolder } from '../support/folder';
import { weft } from '../support/weft';

const folder = suiteFolder();
const backends = isNativeAvailable() ? ['tfjs', 'tensorflow'] : ['tfjs'];

const spec = (weight: number, steps: number): string => `
import { mean_flow } from "std/objectives"
objective twice(share: Float = 0.5) {
  let t = uniform(0, 1)
  let noise = normal(like: image)
  let noisy = (1 - t) * image + t * noise
  let (velocity, seen) = model(noisy, time: t, until: t, taps: "seen")
  tap straight = mean(square(velocity - (noise - image)), axis: all)
  tap size = mean(square(seen), axis: all)
  let smooth = mean(square(model(noisy, time: t, until: t) - average(noisy, time: t, until: t)), axis: all)
  return straight + share * smooth + ${weight} * size
}
model M(size: Size = 8x8, width: Int = 16) {
  input noisy: image(size, channels: 1)
  input time:  time(noise: 1, data: 0)
  input until: scalar
  input label: class(10)
  let c = linear(stack(time, until), width) @time + embed(label, width) @label
  tap seen = silu(linear(rearrange(noisy, "c h w -> (c h w)"), width) @in + c)
  output velocity: image(size, channels: 1) = rearrange(linear(seen, 64) @out, "(c h w) -> c h w", h: 8, c: 1)
}
train own of M {
  data = mnist()
  given until = 0
  objective = twice(share: 0.25)
  optimizer = adamw(rate: 1e-3)
  drop  = label(0.1)
  ema   = 0.9
  batch = 4
  steps = ${steps}
  checkpoint = 2
}
train mean of M {
  data = mnist()
  given until = 0
  objective = mean_flow(equal: 0.5)
  optimizer = adamw(rate: 1e-3)
  recompute = blocks
  batch = 4
  steps = 3
}
`;

interface Step {
  readonly loss: number;
  readonly parts: { readonly [name: string]: number };
}

function stepsOf(run: string): Step[] {
  const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Step);
}

it('trains, logs what it names, and resumes to the same numbers', async () => {
  const file = join(folder, 'm.weft');
  const train = (text: string, run: string, ...more: string[]) => {
    writeFileSync(file, text);
    return weft(['train', `${file}#own`, '--out', join(folder, run), '--backend', 'tfjs', ...more]);
  };
  const shown: unknown = expect.stringMatching(/training 6\/6 {2}loss \d\S* {2}straight \d\S* {2}size \d/);
  expect(await train(spec(1, 6), 'whole')).toMatchObject({ status: 0, stderr: shown });
  expect(await train(spec(1, 3), 'halves')).toMatchObject({ status: 0 });
  expect(await train(spec(1, 6), 'halves', '--resume')).toMatchObject({ status: 0 });
  const [whole, halves] = ['whole', 'halves'].map((run) => stepsOf(join(folder, run)));
  expect(whole.map((s) => [s.loss, s.parts])).toEqual(halves.map((s) => [s.loss, s.parts]));
  expect(Object.keys(whole[0].parts)).toEqual(['straight', 'size']);
  // The averages are the weights at first: nothing to be smooth about.
  expect(whole[0].loss).toBeCloseTo(whole[0].parts.straight + whole[0].parts.size, 5);
  expect(whole[5].loss).not.toBeCloseTo(whole[5].parts.straight + whole[5].parts.size, 6);

  const changed = await train(spec(2, 8), 'halves', '--resume');
  expect(changed.status).not.toBe(0);
  expect(changed.stderr).toContain('objective.text: `return straight + share * smooth + 1 * size` before');
  expect(changed.stderr).toContain('`return straight + share * smooth + 2 * size` now');
}, 240_000);

it.each(backends)(
  'trains MeanFlow on %s, and draws in one step',
  async (backend) => {
    const file = join(folder, 'm.weft');
    writeFileSync(file, spec(1, 2));
    const run = join(folder, `mean-${backend}`);
    const trained = await weft(['train', `${file}#mean`, '--out', run, '--backend', backend]);
    expect(trained).toMatchObject({ status: 0 });
    const losses = stepsOf(run).map((s) => s.loss);
    expect(losses.every((x) => x > 0 && x < 1.001)).toBe(true);
    const drawn = await weft([
      ...['sample', '--run', run, '--given', 'until=0', '--steps', '1', '--solver', 'euler', '--count', '4'],
      ...['--out', join(folder, 'one.png')],
    ]);
    expect(drawn).toMatchObject({ status: 0 });
  },
  240_000,
);

it.each(backends)(
  'keeps the weights that a run began with, also over a stop, on %s',
  async (backend) => {
    const file = join(folder, 'start.weft');
    const text = (steps: number): string => `import { halved_steps } from "std/objectives"
objective moved() {
  let t = uniform(0, 1)
  tap away = mean(square(model(image, time: t) - start(image, time: t)), axis: all)
  return away + mean(square(model(image, time: t) - image), axis: all)
}
model M(size: Size = 8x8) {
  input noisy: image(size, channels: 1)
  input time:  time(noise: 0, data: 1)
  let h = silu(linear(rearrange(noisy, "c h w -> (c h w)"), 8) @in + linear(broadcast(time, [1]), 8) @time)
  output velocity: image(size, channels: 1) = rearrange(linear(h, 64) @out, "(c h w) -> c h w", h: 8, c: 1)
}
train base of M {
  data = mnist()
  objective = rectified_flow(time: uniform)
  optimizer = adamw(rate: 1e-2)
  batch = 4
  steps = 3
}
train on of M {
  data = mnist()
  from = "base-${backend}"
  objective = moved
  optimizer = adamw(rate: 1e-2)
  batch = 4
  steps = ${steps}
  checkpoint = 2
}
train half of M {
  data = mnist()
  from = "base-${backend}"
  objective = halved_steps(steps: 8)
  optimizer = adamw(rate: 1e-3)
  ema = 0.5
  batch = 4
  steps = 2
}
`;
    const train = (steps: number, recipe: string, out: string, ...more: string[]) => {
      writeFileSync(file, text(steps));
      const args = ['--out', join(folder, out), '--backend', backend, ...more];
      // With all optimisations, as users have it: the same model twice in a program is then the same to the last bit.
      return weft(['train', `${file}#${recipe}`, ...args], { env: { XLA_FLAGS: '' } });
    };
    expect(await train(6, 'base', `base-${backend}`)).toMatchObject({ status: 0 });
    expect(await train(6, 'on', `on-${backend}`)).toMatchObject({ status: 0 });
    const away = stepsOf(join(folder, `on-${backend}`)).map((s) => s.parts.away);
    expect(away[0]).toBe(0);
    expect(away[5]).toBeGreaterThan(1e-4);
    expect(await train(3, 'on', `halves-${backend}`)).toMatchObject({ status: 0 });
    expect(await train(6, 'on', `halves-${backend}`, '--resume')).toMatchObject({ status: 0 });
    expect(stepsOf(join(folder, `halves-${backend}`)).map((s) => s.parts.away)).toEqual(away);
    expect(await train(6, 'half', `half-${backend}`)).toMatchObject({ status: 0 });
  },
  240_000,
);
