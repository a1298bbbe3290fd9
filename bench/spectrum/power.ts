/** The power of pictures by spatial frequency, and how far that of drawn pictures is from that of others. */
import type { HostTensor } from '../../src/backends/session';

/** Mean power by radius, in cycles a side, from 0 to half a side, of square pictures [n, channels, side, side]; channels are averaged first. */
export function radialPower({ shape: [count, channels, side], data }: HostTensor): Float64Array {
  const radii = Math.floor(side / 2) + 1;
  const [sums, members] = [new Float64Array(radii), new Float64Array(radii)];
  const plane = side * side;
  const waves = wavesOf(side);
  for (let i = 0; i < count; i++) {
    const grey = new Float64Array(plane);
    for (let c = 0; c < channels; c++)
      for (let at = 0; at < plane; at++) grey[at] += data[(i * channels + c) * plane + at] / channels;
    const power = powerOf(grey, side, waves);
    for (let v = 0; v < side; v++)
      for (let u = 0; u < side; u++) {
        const radius = Math.round(Math.hypot(signed(u, side), signed(v, side)));
        if (radius >= radii) continue;
        sums[radius] += power[v * side + u];
        members[radius]++;
      }
  }
  return sums.map((sum, radius) => sum / members[radius]);
}

/** The root of the mean square of 10 log₁₀(drawn / real) over radii from `from` to `to`, in decibels. Radius 0, the mean, is not counted by default. */
export function spectrumError(
  drawn: Float64Array,
  real: Float64Array,
  { from = 1, to = real.length - 1 }: { readonly from?: number; readonly to?: number } = {},
): number {
  let sum = 0;
  for (let radius = from; radius <= to; radius++) sum += (10 * Math.log10(drawn[radius] / real[radius])) ** 2;
  return Math.sqrt(sum / (to - from + 1));
}

interface Waves {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

function wavesOf(side: number): Waves {
  const angle = (_: number, i: number): number => (-2 * Math.PI * i) / side;
  const angles = new Float64Array(side).map(angle);
  return { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
}

/** |DFT|² / side², rows after columns. */
function powerOf(grey: Float64Array, side: number, { cos, sin }: Waves): Float64Array {
  const [re, im] = [new Float64Array(side * side), new Float64Array(side * side)];
  for (let row = 0; row < side; row++)
    for (let u = 0; u < side; u++)
      for (let x = 0; x < side; x++) {
        const wave = (u * x) % side;
        re[row * side + u] += grey[row * side + x] * cos[wave];
        im[row * side + u] += grey[row * side + x] * sin[wave];
      }
  const power = new Float64Array(side * side);
  for (let u = 0; u < side; u++)
    for (let v = 0; v < side; v++) {
      let [a, b] = [0, 0];
      for (let y = 0; y < side; y++) {
        const wave = (v * y) % side;
        const [p, q] = [re[y * side + u], im[y * side + u]];
        a += p * cos[wave] - q * sin[wave];
        b += p * sin[wave] + q * cos[wave];
      }
      power[v * side + u] = (a * a + b * b) / side ** 2;
    }
  return power;
}

/** Frequencies above half a side are negative ones. */
function signed(u: number, side: number): number {
  return u > side / 2 ? u - side : u;
}
