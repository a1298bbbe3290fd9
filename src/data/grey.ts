/** Converts colours to grey, by one formula for training and drawing. */
// Tested by test/data/image-set.test.ts.

/** Grey from red, green and blue: 0.299 R + 0.587 G + 0.114 B; pixels that are grey already stay unchanged. */
export function greyOf(pixels: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: pixels.length / 3 }, (_, i) => {
    const [r, g, b] = pixels.subarray(3 * i, 3 * i + 3);
    return (299 * r + 587 * g + 114 * b + 500) / 1000;
  });
}
