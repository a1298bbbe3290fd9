import { expect, it } from '@jest/globals';
import { mnistImages, placeDigit } from '../../../src/data/sources/mnist';

/** A digit of 28 x 28 with every level somewhere. */
const digit = Uint8Array.from({ length: 28 * 28 }, (_, i) => i % 256);

it('has ten thousand digits in ten classes, white on black', async () => {
  const { classes, images } = await (await mnistImages({ height: 28, width: 28 })).list();
  expect(classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(images).toHaveLength(10_000);
  expect(new Set(images.map((i) => i.label)).size).toBe(10);
  const seven = images.find((i) => i.label === 7)!;
  expect(seven.caption).toBe('the digit seven');
  const bytes = await seven.render();
  expect(bytes.length).toBe(28 * 28 * 3);
  expect([bytes[0], bytes.reduce((a, b) => Math.max(a, b))]).toEqual([0, 255]);
});

it('keeps every pixel where there is room, and adds black around', async () => {
  const padded = await placeDigit(digit, { height: 32, width: 36 });
  expect(padded.length).toBe(32 * 36 * 3);
  const inner: number[] = [];
  for (let y = 2; y < 30; y++) for (let x = 4; x < 32; x++) inner.push(padded[(y * 36 + x) * 3 + 1]);
  expect(inner).toEqual([...digit]);
  const sum = (bytes: Uint8Array) => bytes.reduce((a, b) => a + b, 0);
  expect(sum(padded)).toBe(3 * sum(digit));
});

it('scales up by whole factors and down to fit', async () => {
  const grey = new Uint8Array(28 * 28).fill(200);
  const covered = async (height: number, width: number): Promise<number> => {
    const bytes = await placeDigit(grey, { height, width });
    expect(bytes.length).toBe(height * width * 3);
    return bytes.filter((b) => b === 200).length / 3;
  };
  expect(await covered(64, 60)).toBe(56 * 56);
  expect(await covered(16, 16)).toBe(16 * 16);
  expect(await covered(8, 20)).toBe(8 * 8);
});
