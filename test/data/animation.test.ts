import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { animationFormatOf, requireFramesFit, writeAnimation } from '../../src/data/animation';
import { suiteFolder } from '../support/folder';

const folder = suiteFolder();
const shape = [2, 1, 2, 3];
/** Two grey images, of one level each. */
const frame = (left: number, right: number): { shape: number[]; data: Uint8Array } => ({
  shape,
  data: Uint8Array.from({ length: 12 }, (_, i) => (i < 6 ? left : right)),
});

it.each(['way.webp', 'way.GIF'])('writes %s with a page for each frame, the last one shown longest', async (name) => {
  const path = join(folder, name);
  const levels = [
    [0, 255],
    [100, 155],
    [255, 0],
  ];
  await writeAnimation(
    path,
    levels.map(([a, b]) => frame(a, b)),
    { columns: 2, scale: 4, gap: 1 },
  );
  const picture = sharp(path, { animated: true });
  const { pages, pageHeight, width, delay, loop } = await picture.metadata();
  expect({ pages, pageHeight, width, delay, loop }).toEqual({
    pages: 3,
    pageHeight: 16,
    width: 36,
    delay: [120, 120, 2000],
    loop: 0,
  });
  const { data, info } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const level = (page: number, x: number): number => data[((page * 16 + 8) * 36 + x) * info.channels];
  expect([0, 1, 2].map((page) => [level(page, 8), level(page, 24)])).toEqual(levels);
});

it('knows its formats by their endings, and their largest sides', () => {
  expect(['a.webp', 'b.GIF', 'c.png', 'gif'].map(animationFormatOf)).toEqual(['webp', 'gif', null, null]);
  const wide = [2000, 3, 8, 8];
  expect(() => requireFramesFit('a.webp', wide, { columns: 2000 })).toThrow('its sides have at most 16383');
  expect(() => requireFramesFit('a.gif', wide, { columns: 2000 })).not.toThrow();
});
