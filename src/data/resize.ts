/** Resizes images, for encoders that were trained on other sizes, as the programs do whose numbers are compared. */
import type { HostTensor } from '../backends/session';
import { resizingMatrix } from '../compiler/lower/resampled';

/** Each rule by the program that uses it, and what it does. */
export const resizeRules = {
  'pytorch-fid': "bilinear between pixel centres, as PyTorch's interpolate; also the rule of weft score",
  'torch-fidelity': 'bilinear from the corner of the first pixel, as TensorFlow 1 and ADM do',
  'clean-fid': "Pillow's bicubic, which averages where it makes images smaller, cut at black and white",
} as const;

export type ResizeRule = keyof typeof resizeRules;

/** Places and shares of the old pixels that make up each new one. */
type Shares = readonly (readonly [at: number, share: number])[][];

/** Images `[batch, channels, height, width]` in [-1, 1] at another size. An image that has the size already is returned unchanged. */
export function resizeImages(
  image: HostTensor,
  height: number,
  width: number,
  rule: ResizeRule = 'pytorch-fid',
): HostTensor {
  const [batch, channels, fromHeight, fromWidth] = image.shape;
  if (fromHeight === height && fromWidth === width) return image;
  // Pillow brings rows to their width first, and keeps that in float32.
  const wide = alongRows(Float32Array.from(image.data), fromWidth, sharesOf(fromWidth, width, rule));
  const columns = sharesOf(fromHeight, height, rule);
  const out = new Float32Array(batch * channels * height * width);
  for (let plane = 0; plane < batch * channels; plane++) {
    const from = plane * fromHeight * width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let value = 0;
        for (const [v, share] of columns[y]) value += share * wide[from + v * width + x];
        out[(plane * height + y) * width + x] = value;
      }
    }
  }
  const data = rule === 'clean-fid' ? out.map((x) => Math.max(-1, Math.min(1, x))) : out;
  return { shape: [batch, channels, height, width], dtype: 'f32', data };
}

function alongRows(data: Float32Array, width: number, shares: Shares): Float32Array {
  const rows = data.length / width;
  const out = new Float32Array(rows * shares.length);
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < shares.length; x++) {
      let value = 0;
      for (const [u, share] of shares[x]) value += share * data[row * width + u];
      out[row * shares.length + x] = value;
    }
  }
  return out;
}

const known = new Map<string, Shares>();

/** The shares for a side of `from` pixels brought to `to`; pictures of a set often have equal sides. */
function sharesOf(from: number, to: number, rule: ResizeRule): Shares {
  const key = `${rule} ${from} ${to}`;
  const shares = known.get(key) ?? nonZeros(matrixOf(from, to, rule));
  if (known.size > 100) known.clear();
  known.set(key, shares);
  return shares;
}

function matrixOf(from: number, to: number, rule: ResizeRule): number[][] {
  switch (rule) {
    case 'pytorch-fid':
      return resizingMatrix(from, to, 'linear');
    case 'torch-fidelity':
      return cornerMatrix(from, to);
    case 'clean-fid':
      return bicubicMatrix(from, to);
  }
}

/** New pixel i lies at i · from / to of the old ones. */
function cornerMatrix(from: number, to: number): number[][] {
  return Array.from({ length: to }, (_, i) => {
    const row = new Array<number>(from).fill(0);
    const at = (i * from) / to;
    const low = Math.floor(at);
    row[low] += 1 - (at - low);
    row[Math.min(low + 1, from - 1)] += at - low;
    return row;
  });
}

/** Pillow's bicubic: a kernel two pixels wide to each side, widened where images get smaller; shares add up to 1. */
function bicubicMatrix(from: number, to: number): number[][] {
  const scale = from / to;
  const wide = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - 2 * wide + 0.5));
    const last = Math.min(from, Math.floor(centre + 2 * wide + 0.5));
    const row = new Array<number>(from).fill(0);
    for (let at = first; at < last; at++) row[at] = cubic((at - centre + 0.5) / wide);
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((x) => x / sum);
  });
}

/** Keys' cubic with a = -0.5. */
function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

/** The positions and values of the non-zero entries of each row. */
function nonZeros(matrix: readonly (readonly number[])[]): [number, number][][] {
  return matrix.map((row) => row.flatMap((share, at): [number, number][] => (share === 0 ? [] : [[at, share]])));
}
