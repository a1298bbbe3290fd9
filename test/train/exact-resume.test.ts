/** A run on the reference that is stopped and resumed, compared bit for bit with one that was not. */
import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkFile } from '../../src/compiler/compile';
import { renderText } from '../../src/compiler/diagnostics/render';
import { normalDraws } from '../../src/compiler/ops/philox';
import type { TrainingData } from '../../src/train/batches';
import { train, type TrainMetrics } from '../../src/index';
import { readSpec } from '../support/compile';
import { suiteFolder } from '../support/folder';

const folder = suiteFolder();

const [steps, batch] = [8, 2];

const data: TrainingData = {
  classes: ['a', 'b', 'c'],
  count: 100,
  batch: async (step) => ({
    x0: { shape: [batch, 3, 4, 4], dtype: 'f32', data: Float32Array.from(normalDraws([step, 0], 0, batch * 48)) },
    y: { shape: [batch], dtype: 'i32', data: Int32Array.of(step % 2, step % 3) },
  }),
};

/** A model that drops and draws, its optimisers and objectives, and one recipe with these lines. */
function specWith(lines: string): string {
  return `import { schedule_free } from "std/optimizers"
optimizer own(rate: Float) {
  input fast: moment
  input slow: moment
  output fast = 0.9 * fast + gradient
  output slow = 0.999 * slow + 0.001 * gradient * gradient
  output weight = weight - rate * fast / (sqrt(slow) + 1e-6)
}
model M(size: Size = 4x4) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  input label: class(3)
  let tokens = rearrange(noisy, "c h w -> (h w) c") |> linear(6) @in
  let mixed = dropout(silu(tokens + embed(label, 6) @label), 0.2) + time
  output velocity: image(size) = rearrange(linear(mixed, 3) @out, "(h w) c -> c h w", h: size.height)
}
train r of M {
  data       = mnist()
  drop       = label(0.3)
  batch      = ${batch}
  steps      = ${steps}
  checkpoint = 10
${lines}
}`;
}

const objective = 'objective = rectified_flow(time: logit_normal)';
const adamw = 'optimizer = adamw(1e-2, decay: 0.1)';

it.each([
  [adamw, objective, 'ema = 0.9', 'clip = norm(0.05)', 'warmup = 5'],
  [adamw, objective, 'accumulate = 2', 'ema = [0.9, power(0.1)]'],
  [adamw, objective, 'adapt = lora(rank: 2, at: "in")'],
  ['optimizer = came(1e-2)', objective],
  ['optimizer = muon(1e-2)', objective],
  ['optimizer = schedule_free(1e-2)', objective],
  ['optimizer = own(1e-2)', objective, 'ema = 0.9'],
])('8 steps at once are 4 and 4 more: %s, %s, %s, %s, %s', async (...lines) => {
  const text = specWith(lines.map((line) => `  ${line}`).join('\n'));
  const spec = checkFile('a.weft', (path) => (path === 'a.weft' ? text : readSpec(path)));
  const { model, diagnostics } = spec.elaborate('M');
  const errors = [...spec.diagnostics, ...diagnostics].filter((d) => d.severity === 'error');
  if (!model || errors.length > 0) throw new Error(renderText(errors, { colors: false }));
  const run = async (out: string, until: number, resume = false): Promise<TrainMetrics[]> => {
    const all: TrainMetrics[] = [];
    const recipe = { ...spec.recipes[0], steps: until };
    for await (const m of train(model, recipe, { data, out, resume, backend: 'reference' })) all.push(m);
    return all;
  };
  const numbers = (all: TrainMetrics[]) => all.map(({ step, loss, gradNorm, rate }) => [step, loss, gradNorm, rate]);
  const [whole, parts] = ['whole', 'parts'].map((name) =>
    join(folder, `${lines.join(' ').replace(/\W+/g, '-')}-${name}`),
  );
  const once = await run(whole, steps);
  const twice = [...(await run(parts, steps / 2)), ...(await run(parts, steps, true))];
  expect(numbers(twice)).toEqual(numbers(once));
  const state = (out: string): Buffer =>
    readFileSync(join(out, 'checkpoints', 'step-000008', 'variables', 'variables.safetensors'));
  expect(state(parts).equals(state(whole))).toBe(true);
});
