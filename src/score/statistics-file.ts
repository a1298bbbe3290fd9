/** Statistics of features in NumPy files: `mu` and `sigma` as pytorch-fid, clean-fid and ADM's evaluator keep them, the last with those of spatial features, `mu_s` and `sigma_s`. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { openNpz, writeNpz, type NpzReader } from '../data/npz';
import { someOf } from '../compiler/diagnostics/counted';
import { printable } from '../compiler/diagnostics/printable';
import type { Gaussian } from './metrics/gaussian';

export interface Statistics {
  readonly pooled: Gaussian;
  /** Those of spatial features, for sFID. */
  readonly spatial?: Gaussian;
}

/** The widest features whose covariance is kept in memory: it has 512 MB. */
export const widestFeatures = 8192;

/** Reads and checks a file. Its numbers must be finite, and covariances symmetric with nothing negative on the diagonal. */
export async function readStatistics(path: string): Promise<Statistics> {
  const file = await openNpz(path);
  try {
    if (!file.names.includes('mu') || !file.names.includes('sigma'))
      throw new WeftError(
        `${path} holds no statistics: it has ${someOf(file.names.map(printable), 8)}, and "mu" and "sigma" are needed.`,
        file.names.includes('arr_0')
          ? 'It holds images: unpack them into a folder, and name that.'
          : 'Write such a file with weft evaluate FOLDER --save-statistics FILE.npz.',
      );
    const pooled = await gaussianIn(path, file, 'mu', 'sigma');
    const both = ['mu_s', 'sigma_s'].filter((name) => file.names.includes(name));
    if (both.length === 1) throw unsound(path, `it has "${both[0]}" without the other of mu_s and sigma_s`);
    return both.length === 0 ? { pooled } : { pooled, spatial: await gaussianIn(path, file, 'mu_s', 'sigma_s') };
  } finally {
    await file.close();
  }
}

/** Writes the arrays that those programs read. */
export async function writeStatistics(path: string, { pooled, spatial }: Statistics): Promise<void> {
  await writeNpz(path, {
    ...arraysOf(pooled, 'mu', 'sigma'),
    ...(spatial && arraysOf(spatial, 'mu_s', 'sigma_s')),
  });
}

function arraysOf({ mean, covariance }: Gaussian, mu: string, sigma: string): Parameters<typeof writeNpz>[1] {
  const width = mean.length;
  return { [mu]: { shape: [width], data: mean }, [sigma]: { shape: [width, width], data: covariance } };
}

async function gaussianIn(path: string, file: NpzReader, mu: string, sigma: string): Promise<Gaussian> {
  const mean = await file.read(mu);
  const width = mean.data.length;
  if (width === 0 || mean.shape.filter((n) => n !== 1).length > 1)
    throw unsound(path, `"${mu}" is [${mean.shape.join(', ')}], not one mean for each feature`);
  if (width > widestFeatures)
    throw new WeftError(
      `${path} has statistics of ${width} features; at most ${widestFeatures} are read.`,
      'Pool the features before.',
    );
  const { shape, data } = await file.read(sigma);
  if (shape.join() !== [width, width].join())
    throw unsound(path, `"${sigma}" is [${shape.join(', ')}], where ${width} means need [${width}, ${width}]`);
  for (const [name, numbers] of [
    [mu, mean.data],
    [sigma, data],
  ] as const) {
    const at = numbers.findIndex((x) => !Number.isFinite(x));
    if (at >= 0) throw unsound(path, `number ${at} of "${name}" is ${numbers[at]}`);
  }
  requireCovariance(path, sigma, data, width);
  return { mean: Float64Array.from(mean.data), covariance: Float64Array.from(data) };
}

/** Rounding may differ between the two sides of the diagonal, by far less than this share of its largest number. */
const tolerance = 1e-6;

function requireCovariance(path: string, name: string, data: ArrayLike<number>, width: number): void {
  let most = 0;
  for (let i = 0; i < width; i++) {
    const variance = data[i * width + i];
    if (variance < 0) throw unsound(path, `the variance of feature ${i} in "${name}" is ${variance}`);
    most = Math.max(most, variance);
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [data[i * width + j], data[j * width + i]];
      if (Math.abs(a - b) > tolerance * most)
        throw unsound(path, `"${name}" is not symmetric: ${a} at ${i}, ${j} and ${b} at ${j}, ${i}`);
      const largest = Math.sqrt(data[i * width + i] * data[j * width + j]) + tolerance * most;
      if (Math.abs(a) > largest)
        throw unsound(
          path,
          `the covariance of features ${i} and ${j} in "${name}", ${a}, is larger than their variances allow`,
        );
    }
  }
}

function unsound(path: string, why: string): WeftError {
  return new WeftError(
    `${path} holds no sound statistics: ${why}.`,
    'Statistics are "mu" [features] and "sigma" [features, features], the mean and the covariance of features of images.',
  );
}
