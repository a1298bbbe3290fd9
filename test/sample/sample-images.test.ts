import { expect, it } from '@jest/globals';
import type { HostTensor, HostTensors, Session } from '../../src/backends/session';
import { imageNoise } from '../../src/sample/noise';
import { sampleImages, type SampleOptions } from '../../src/sample/sample-images';
import { tinyModel } from '../support/tiny-model';

const model = tinyModel();
const labels = (...values: number[]): HostTensor => ({
  shape: [values.length],
  dtype: 'i32',
  data: Int32Array.from(values),
});

/** A session whose velocity is 1 + label everywhere, less 1 where it is guided; it keeps what it was asked. */
function fakeSession(): { session: Session; calls: { program: string; t: number; batch: number }[] } {
  const calls: { program: string; t: number; batch: number }[] = [];
  const run = async (program: string, { x_t, t, y }: HostTensors): Promise<HostTensors> => {
    calls.push({ program, t: t.data[0], batch: x_t.shape[0] });
    const data = (x_t.data as Float32Array).map((_, i) => y.data[Math.floor(i / 48)] + (program === 'guided' ? 0 : 1));
    return { velocity: { ...x_t, data } };
  };
  return { session: { run } as unknown as Session, calls };
}

const options = (changes: Partial<SampleOptions>): SampleOptions => ({
  solver: 'euler',
  steps: 4,
  shift: 1,
  guidance: null,
  noise: { shape: [3, 3, 4, 4], dtype: 'f32', data: new Float32Array(144) },
  conditions: { y: labels(0, 1, 2) },
  batch: 2,
  ...changes,
});

it('walks every image along its own velocity, in batches of one size', async () => {
  const { session, calls } = fakeSession();
  const images = await sampleImages(session, model, options({}));
  expect(images.shape).toEqual([3, 3, 4, 4]);
  expect([0, 48, 96].map((at) => images.data[at])).toEqual([1, 2, 3]);
  expect(calls.map((c) => c.batch)).toEqual(Array(8).fill(2));
});

it('guides strictly inside the interval only', async () => {
  const { session, calls } = fakeSession();
  await sampleImages(session, model, options({ guidance: { scale: 2, from: 0.25, to: 1 }, batch: 3 }));
  expect(calls.map((c) => [c.program, c.t])).toEqual([
    ['denoise', 0],
    ['denoise', 0.25],
    ['guided', 0.5],
    ['guided', 0.75],
  ]);
});

it('leads away from a weaker model in the interval, by autoguidance', async () => {
  const [strong, weak] = [fakeSession(), fakeSession()];
  const run = weak.session.run.bind(weak.session);
  const half = async (...args: Parameters<Session['run']>): Promise<HostTensors> => {
    const { velocity } = await run(...args);
    return { velocity: { ...velocity, data: (velocity.data as Float32Array).map((v) => v / 2) } };
  };
  const guidance = { scale: 3, from: 0.25, to: 1, weak: 'early.safetensors' };
  const chosen = options({ guidance, weak: { run: half } as unknown as Session, batch: 3 });
  const images = await sampleImages(strong.session, model, chosen);
  expect(strong.calls.map((c) => c.program)).toEqual(Array(4).fill('denoise'));
  expect(weak.calls.map((c) => c.t)).toEqual([0.5, 0.75]);
  // Two quarters at v, two at v/2 + 3 · v/2 = 2 v.
  expect([0, 48, 96].map((at) => images.data[at])).toEqual([1.5, 3, 4.5]);
});

it('turns time and velocity round for a solver that counts noise levels', async () => {
  const { session, calls } = fakeSession();
  const images = await sampleImages(session, model, options({ solver: 'dpm_solver_pp', batch: 3 }));
  expect(calls[0].t).toBeCloseTo(0.001, 6);
  expect(images.data[0]).toBeCloseTo(1, 2);
});

it('refuses conditions that are not one for each image', async () => {
  const { session } = fakeSession();
  await expect(sampleImages(session, model, options({ conditions: { y: labels(0, 1) } }))).rejects.toThrow(
    '"y" has 2 rows for 3 images.',
  );
});

it('draws the noise of an image from the seed and its number alone', () => {
  const all = imageNoise(5, [3, 4, 4], 4);
  const one = imageNoise(5, [3, 4, 4], 1, 2);
  expect(one.data).toEqual(all.data.slice(96, 144));
  expect(imageNoise(6, [3, 4, 4], 1).data).not.toEqual(imageNoise(5, [3, 4, 4], 1).data);
});
