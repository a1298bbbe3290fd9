/** Closed forms of what moves, against an exchange that is played through piece by piece. */
import { expect, it } from '@jest/globals';
import { gathered, reduced, scattered, type Fleet } from '../../src/layouts/traffic';

const fleets: Fleet[] = [
  { devices: 1, nodes: 1 },
  { devices: 8, nodes: 1 },
  { devices: 8, nodes: 2 },
  { devices: 12, nodes: 3 },
  { devices: 4, nodes: 4 },
];

/** Each device begins with its own piece; what the first device takes until it has all. */
function played({ devices, nodes }: Fleet): { within: number; between: number } {
  const perNode = devices / nodes;
  const nodeOf = (d: number): number => Math.floor(d / perNode);
  const placeOf = (d: number): number => d % perNode;
  const all = Array.from({ length: devices }, (_, d) => d);
  const afterNetworks = all.map((d) => all.filter((other) => placeOf(other) === placeOf(d)));
  const between = afterNetworks[0].filter((piece) => nodeOf(piece) !== 0).length;
  const mates = all.filter((d) => nodeOf(d) === 0 && d !== 0);
  const within = mates.reduce((sum, d) => sum + afterNetworks[d].length, 0);
  expect(1 + between + within).toBe(devices);
  return { within, between };
}

it.each(fleets)('gathers what the exchange of pieces takes: %o', (fleet) => {
  // A piece of 1 byte for each device.
  const { within, between } = gathered(fleet.devices, fleet);
  const expected = played(fleet);
  expect(within).toBeCloseTo(expected.within, 12);
  expect(between).toBeCloseTo(expected.between, 12);
  expect(scattered(fleet.devices, fleet)).toEqual({ within, between });
});

it('sums gradients with the traffic of a ring, 2·(n-1)/n of them', () => {
  for (const devices of [1, 2, 8])
    expect(reduced(1e9, { devices, nodes: 1 })).toEqual({ within: (2e9 * (devices - 1)) / devices, between: 0 });
  expect(reduced(1e9, { devices: 16, nodes: 2 })).toEqual({ within: (2e9 * 7) / 8, between: 1e9 / 8 });
});
