/** Solvers of the language draw on a backend what the tables draw, whatever the batches are, and the same from the same seed. */
import { expect, it } from '@jest/globals';
import { hasPyTorch } from '../../src/backends/pytorch/python';
import type { HostTensor } from '../../src/backends/session';
import { drawImages, type DrawRequest } from '../../src/sample/draw';
import { initialValue } from '../../src/backends/initial-values';
import { variable } from '../../src/compiler/ir/graph';
import { isNativeAvailable } from '../../src/setup/native';
import { relMax } from '../support/golden';
import { tinyModel } from '../support/tiny-model';
import { settingsOf } from '../support/walk';

const model = tinyModel();
const weights = Object.fromEntries(
  model.weights.map((w, i) => [
    w.leaf.name,
    initialValue(variable(w.leaf.name, w.shape, { kind: 'normal', std: 0.3 }, 'weight'), i),
  ]),
);

async function drawn(settings: DrawRequest['settings'], more: Partial<DrawRequest> = {}): Promise<HostTensor> {
  return drawImages(model, { settings, weights, labels: [0, 1, 4], count: 3, seed: 5, backend: 'tfjs', ...more });
}

const guided = { scale: 3, from: 0.2, to: 0.8, rescale: 0.3 };

it.each(['heun', 'dpm_solver_pp'] as const)('%s of std draws what that of the tables draws', async (solver) => {
  const table = { solver, steps: 6, shift: 2 };
  const call = `${solver}(steps: 6, shift: 2)`;
  // The clock of dpm_solver_pp of the tables runs from the data.
  const interval = solver === 'heun' ? { from: 0.2, to: 0.8 } : { from: 1 - 0.8, to: 1 - 0.2 };
  const byTable = await drawn({ ...table, guidance: { ...guided, ...interval } });
  const declared = await drawn(settingsOf({ solver: call, guidance: 'cfg(3, from: 0.2, to: 0.8, rescale: 0.3)' }));
  expect(relMax(declared.data, byTable.data)).toBeLessThan(1e-5);
  const mixed = await drawn({ ...settingsOf({ solver: call }), guidance: guided });
  expect(relMax(mixed.data, byTable.data)).toBeLessThan(1e-5);
  // A solver by its word follows a guidance of the language by the declaration that states it again.
  const { guidance } = settingsOf({ solver: call, guidance: 'cfg(3, from: 0.2, to: 0.8, rescale: 0.3)' });
  expect(relMax((await drawn({ ...table, guidance })).data, byTable.data)).toBeLessThan(1e-5);
});

it('draws the same noise on the way in any batch, from the seed', async () => {
  const settings = settingsOf({ solver: 'euler_maruyama(steps: 4)', guidance: 'apg(2)' });
  const [whole, single, other] = [
    await drawn(settings),
    await drawn(settings, { batch: 1 }),
    await drawn(settings, { seed: 6 }),
  ];
  expect(relMax(single.data, whole.data)).toBeLessThan(1e-5);
  expect(relMax(other.data, whole.data)).toBeGreaterThan(0.1);
  const noise = { shape: [3, 3, 4, 4], dtype: 'f32' as const, data: new Float32Array(144) };
  const [one, two] = [await drawn(settings, { noise }), await drawn(settings, { noise, seed: 7 })];
  expect(relMax(one.data, two.data)).toBeGreaterThan(0.1);
});

it('draws some images as it draws them among all', async () => {
  for (const settings of [
    settingsOf({ solver: 'euler_maruyama(steps: 4)', guidance: 'apg(2)' }),
    { solver: 'euler' as const, steps: 3, shift: 1, guidance: null },
  ]) {
    const whole = await drawn(settings);
    const end = await drawn(settings, { labels: [4, 1], count: 2, numbers: [2, 1] });
    expect(relMax(end.data, [...whole.data.slice(96), ...whole.data.slice(48, 96)])).toBeLessThan(1e-5);
  }
});

/** A state of its own, new noise on the way, a guidance with a state, and kinds of steps that differ. */
const own = `solver own(steps: Int, churn: Float = 0.5) {
  input last: state
  let (t, next) = (index / steps, (index + 1) / steps)
  let v = velocity(noisy, t)
  let ahead = noisy + (next - t) * (if index == 0 { v } else { 1.5 * v - 0.5 * last })
  output last = v
  if index + 1 == steps { output noisy = ahead } else {
    output noisy = ahead + churn * (next - t) * (normal(like: noisy) - noisy + t * v)
  }
}`;

const others = (['reference', 'tensorflow', 'pytorch'] as const).filter((name) => {
  if (name === 'tensorflow') return isNativeAvailable();
  return name !== 'pytorch' || hasPyTorch();
});

it.each(others)('draws the same on %s as on tfjs', async (backend) => {
  const settings = settingsOf({ solver: 'own(steps: 5)', guidance: 'apg(2)', own });
  const [there, here] = [await drawn(settings, { backend }), await drawn(settings)];
  // Five steps in float32, whose sums are added in another order.
  expect(relMax(there.data, here.data)).toBeLessThan(1e-4);
});

it('takes other numbers of steps than the section has', async () => {
  const settings = settingsOf({ solver: 'euler(steps: 4)' });
  const table = { solver: 'euler' as const, steps: 7, shift: 1, guidance: null };
  expect(relMax((await drawn({ ...settings, steps: 7 })).data, (await drawn(table)).data)).toBeLessThan(1e-5);
});
