/** Grey images as colour images, for encoders of colour. */
// Tested by test/score/evaluate.test.ts.
import type { HostTensor } from '../backends/session';

/** Grey images with their channel repeated as red, green and blue. */
export function coloured(images: HostTensor): HostTensor {
  const [count, channels, height, width] = images.shape;
  if (channels !== 1) return images;
  const data = new Float32Array(count * 3 * height * width);
  const side = height * width;
  for (let plane = 0; plane < count * 3; plane++) {
    const at = Math.floor(plane / 3) * side;
    data.set(images.data.subarray(at, at + side), plane * side);
  }
  return { shape: [count, 3, height, width], dtype: 'f32', data };
}
