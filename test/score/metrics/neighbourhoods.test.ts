import { expect, it } from '@jest/globals';
import { ballsAround, nearestReal, neighbourhoods } from '../../../src/score/metrics/neighbourhoods';
import { drawn, peers, real } from '../../support/features';

function mean(values: Float64Array): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

it('gives the precision and recall of torch-fidelity, the density and coverage of prdc', async () => {
  const { precise, recalled, density, covered } = await neighbourhoods(
    await ballsAround(real),
    await ballsAround(drawn),
  );
  // torch-fidelity gives its means in float32.
  expect(mean(precise)).toBeCloseTo(peers.precision, 7);
  expect(mean(recalled)).toBeCloseTo(peers.recall, 7);
  expect(mean(density)).toBeCloseTo(peers.density, 12);
  expect(mean(covered)).toBeCloseTo(peers.coverage, 12);
});

it('counts points on a line as one sees them', async () => {
  const line = (...data: number[]) => ({ count: data.length, width: 1, data: Float64Array.from(data) });
  // Balls of real points: radius 1 around 0, 1 and 2, radius 8 around 10; of drawn ones: radius 20 around 3 and 23, 1 … 2.
  const reach = { precision: 1, density: 1 };
  const found = await neighbourhoods(
    await ballsAround(line(0, 1, 2, 10), reach),
    await ballsAround(line(3, 23), reach),
  );
  expect(found).toEqual({
    precise: Float64Array.of(1, 0),
    recalled: Float64Array.of(1, 1, 1, 1),
    // 3 is on the surface of the ball around 2, which counts for precision alone, and inside that around 10.
    density: Float64Array.of(1, 0),
    covered: Float64Array.of(0, 0, 0, 1),
    // The nearest to 3 is 2, whose own neighbour is as near; that of 23 is 10, whose neighbour is nearer.
    authentic: Float64Array.of(0, 1),
  });
});

it('finds what is nearest, and how near that is for the place', async () => {
  const line = (...data: number[]) => ({ count: data.length, width: 1, data: Float64Array.from(data) });
  const balls = await ballsAround(line(0, 1, 2, 10, 10), { precision: 1, density: 2 });
  expect(await nearestReal(balls, line(2.5, 30, 10), 3)).toEqual([
    { rows: [2, 1, 0], ratio: 0.5 },
    { rows: [3, 4, 2], ratio: Infinity },
    // A copy is one, though the picture was there twice.
    { rows: [3, 4, 2], ratio: 0 },
  ]);
});

it('tells copies from new pictures of the same kind', async () => {
  const half = { ...real, count: 150 };
  const [seen, unseen] = [0, 150].map((from) => ({ ...half, data: real.data.slice(from * 20, (from + 150) * 20) }));
  const balls = await ballsAround(seen);
  const share = async (rows: typeof seen): Promise<number> =>
    mean((await neighbourhoods(balls, await ballsAround(rows))).authentic);
  expect(await share(seen)).toBe(0);
  expect(Math.abs((await share(unseen)) - 0.5)).toBeLessThan(0.15);
});
