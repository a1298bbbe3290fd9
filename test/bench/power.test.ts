import { expect, it } from '@jest/globals';
import { radialPower, spectrumError } from '../../bench/spectrum/power';
import { texture } from '../../bench/spectrum/textures';
import type { HostTensor } from '../../src/backends/session';

const side = 16;

function pictures(...waves: readonly ((x: number, y: number) => number)[]): HostTensor {
  const data = waves.flatMap((wave) =>
    [0, 1, 2].flatMap(() => Array.from({ length: side * side }, (_, at) => wave(at % side, Math.floor(at / side)))),
  );
  return { shape: [waves.length, 3, side, side], dtype: 'f32', data: Float32Array.from(data) };
}

it('puts a wave at its own frequency alone, with the power of its squares', () => {
  const power = radialPower(pictures((x, y) => Math.cos((2 * Math.PI * (3 * x + 4 * y)) / side)));
  // Two conjugate frequencies share the sum of squares, side² / 2; those of radius 5 in whole numbers are counted here.
  let members = 0;
  for (let u = -7; u <= 8; u++) for (let v = -7; v <= 8; v++) members += Number(Math.round(Math.hypot(u, v)) === 5);
  expect(power[5]).toBeCloseTo(side ** 2 / 2 / members, 4);
  [...power.keys()].filter((r) => r !== 5).forEach((r) => expect(power[r]).toBeCloseTo(0, 9));
  const constant = radialPower(
    pictures(
      () => 0.5,
      () => -0.5,
    ),
  );
  expect(constant[0]).toBeCloseTo(side ** 2 / 4, 4);
});

it('measures a factor of power in decibels, by bands', () => {
  const real = Float64Array.of(5, 1, 1, 1, 1);
  expect(
    spectrumError(
      real.map((x) => 10 * x),
      real,
    ),
  ).toBeCloseTo(10, 12);
  expect(spectrumError(Float64Array.of(1, 1, 1, 0.1, 0.1), real)).toBeCloseTo(Math.sqrt(50), 12);
  expect(spectrumError(Float64Array.of(1, 1, 1, 0.1, 0.1), real, { to: 2 })).toBe(0);
  expect(spectrumError(Float64Array.of(1, 1, 1, 0.1, 0.1), real, { from: 3 })).toBeCloseTo(10, 12);
});

it('makes textures of two colours, other ones for each number, the same each time', () => {
  const one = texture(3, 32);
  expect(texture(3, 32)).toEqual(one);
  expect(texture(7, 32)).not.toEqual(one);
  for (let index = 0; index < 8; index++) {
    const pixels = texture(index, 32);
    const colours = new Set(Array.from({ length: 32 * 32 }, (_, i) => pixels.slice(3 * i, 3 * i + 3).join()));
    // Two colours and at most 15 shares of them at edges.
    expect(colours.size).toBeGreaterThan(2);
    expect(colours.size).toBeLessThanOrEqual(17);
  }
});
