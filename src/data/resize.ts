/** Resizes images, for encoders that were trained on larger ones. */
// Tested by test/score/score-model.test.ts.
import type { HostTensor } from '../backends/session';
import { resizingMatrix } from '../compiler/lower/resampled';

/** Images `[batch, channels, height, width]` resized bilinearly, as PyTorch's interpolate does. */
export function resizeImages({ shape, data }: HostTensor, height: number, width: number): HostTensor {
  const [batch, channels, fromHeight, fromWidth] = shape;
  const rows = nonZeros(resizingMatrix(fromHeight, height, 'linear'));
  const columns = nonZeros(resizingMatrix(fromWidth, width, 'linear'));
  const out = new Float32Array(batch * channels * height * width);
  for (let plane = 0; plane < batch * channels; plane++) {
    const from = plane * fromHeight * fromWidth;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let value = 0;
        for (const [v, high] of rows[y])
          for (const [u, share] of columns[x]) value += high * share * data[from + v * fromWidth + u];
        out[(plane * height + y) * width + x] = value;
      }
    }
  }
  return { shape: [batch, channels, height, width], dtype: 'f32', data: out };
}

/** The positions and values of the non-zero entries of each row. */
function nonZeros(matrix: readonly (readonly number[])[]): [number, number][][] {
  return matrix.map((row) => row.flatMap((share, at): [number, number][] => (share === 0 ? [] : [[at, share]])));
}
