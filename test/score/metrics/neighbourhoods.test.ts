import { expect, it } from '@jest/globals';
import { ballsAround, neighbourhoods } from '../../../src/score/metrics/neighbourhoods';
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
  });
});
