/** Noise on the way from one seed to another, so that images change gradually between two. */
import type { HostTensor } from '../backends/session';
import { imageNoise } from './noise';

/** Two seeds, and how many images lead from one to the other, both ends included: at least 2. */
export interface NoiseWay {
  readonly seeds: readonly [number, number];
  readonly columns: number;
}

/**
 * Noise `[rows · columns, ...shape]`: row `i` leads from image `i` of the first seed to image `i` of the second. The angle from the
 * first end grows evenly, and so does the length: a straight line would pass through noise that is too weak, which no model has seen.
 */
export function noiseBetween({ seeds, columns }: NoiseWay, shape: readonly number[], rows: number): HostTensor {
  const [from, to] = seeds.map((seed) => imageNoise(seed, shape, rows).data);
  const size = shape.reduce((a, b) => a * b, 1);
  const data = new Float32Array(rows * columns * size);
  for (let row = 0; row < rows; row++) {
    const [a, b] = [from, to].map((noise) => Float64Array.from(noise.subarray(row * size, (row + 1) * size)));
    for (let i = 0; i < columns; i++) data.set(arc(a, b, i / (columns - 1)), (row * columns + i) * size);
  }
  return { shape: [rows * columns, ...shape], dtype: 'f32', data };
}

/** The point of the arc from `a` to `b` at a share of its angle; on a straight line where they have no arc between them. */
function arc(a: Float64Array, b: Float64Array, share: number): Float64Array {
  const [along, ofA, ofB] = [product(a, b), Math.sqrt(product(a, a)), Math.sqrt(product(b, b))];
  const angle = Math.acos(Math.min(1, Math.max(-1, along / (ofA * ofB))));
  const sine = Math.sin(angle);
  // Of one number, or of two vectors in one line, there is no angle to divide. The ends stay as they are.
  if (!(sine > 1e-9) || share === 0 || share === 1) return a.map((x, i) => (1 - share) * x + share * b[i]);
  const length = (1 - share) * ofA + share * ofB;
  const [first, second] = [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
  return a.map((x, i) => length * ((first * x) / ofA + (second * b[i]) / ofB));
}

function product(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
}
