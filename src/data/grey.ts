/** Grey of a picture in colours, by the one formula that training and drawing share. */
// Tested by test/data/image-set.test.ts.

/** Grey from red, green and blue: 0.299 R + 0.587 G + 0.114 B; what is grey already stays as it is. */
export function greyOf(pixels: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: pixels.length / 3 }, (_, i) => {
    const [r, g, b] = pixels.subarray(3 * i, 3 * i + 3);
    return (299 * r + 587 * g + 114 * b + 500) / 1000;
  });
}
