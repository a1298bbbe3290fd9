/** Numbers that follow from a name, so that fixtures need no weights; `scripts/fixtures/patterned.py` draws the same ones. */
import type { HostTensor } from '../../src/backends/session';

/** A tensor of numbers in [-scale, scale): a hash of the name and of each place. */
export function patterned(name: string, shape: readonly number[], scale = 1): HostTensor {
  const seed = new TextEncoder().encode(name).reduce((h, byte) => Math.imul(h ^ byte, 16777619), 2166136261);
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) {
    let x = (Math.imul(i, 2654435761) + seed) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    data[i] = (((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1) * scale;
  }
  return { shape, dtype: 'f32', data };
}

/** Matrices of about the size that keeps the size of what they multiply, factors near 1, small biases. */
export function patternedWeight(name: string, shape: readonly number[]): HostTensor {
  if (shape.length > 1) return patterned(name, shape, Math.sqrt(3 / shape.slice(1).reduce((a, b) => a * b, 1)));
  const drawn = patterned(name, shape, 0.25);
  return name.endsWith('weight') ? { ...drawn, data: Float32Array.from(drawn.data, (x) => 1 + x) } : drawn;
}
