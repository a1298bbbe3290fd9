import { expect, it } from '@jest/globals';
import { checkFile } from '../../src/compiler/compile';
import { evaluate } from '../../src/compiler/ir/evaluate';
import { denoise } from '../../src/compiler/programs/denoise';
import { compileModel, readSpec } from '../support/compile';
import { normal } from '../support/tiny-model';

/** Windows of the pixels of 4x6 patches beside windows cut from the image itself. */
const text = `import { pixels } from "std/patches"
import { to_windows, from_windows } from "std/compact"
model M(ratio: Ratio) {
  input x: image(16x24)
  let w = window(4x4, ratio, 4x6)
  let tokens = pixels(x, 4)
  let windows = to_windows(tokens, w, 4x4, 4x6)
  output cut: [16 * 24 / ratio, w.area, 3] = windows
  output expected: [16 * 24 / ratio, w.area, 3] = rearrange(x, "c (y p) (x q) -> (y x) (p q) c", p: w.height, q: w.width)
  output back: [24, 16, 3] = from_windows(windows, w, 4x4, 4x6)
  output tokens_again: [24, 16, 3] = tokens
}`;

// One pixel, rows, a quarter, a whole patch, one by two patches, two by two, all.
it.each(['1:1', '2:1', '4:1', '16:1', '32:1', '64:1', '384:1'])(
  'cuts windows of %s out of the image in raster order',
  (ratio) => {
    const spec = checkFile('windows.weft', (path) => (path === 'windows.weft' ? text : readSpec(path)), {
      elaborateModels: false,
    });
    const { model, diagnostics } = spec.elaborate('M', { ratio });
    expect(diagnostics).toEqual([]);
    const { outputs } = evaluate(denoise(model!), { inputs: { x_t: normal([1, 3, 16, 24], 1) } });
    expect(outputs.cut.data).toEqual(outputs.expected.data);
    expect(outputs.back.data).toEqual(outputs.tokens_again.data);
  },
);

it.each<{ readonly [name: string]: string }>([
  { compaction: '1:1' },
  { compaction: '4:1', compact_mode: 'average' },
  { compaction: '64:1', adaln: 'patchwise' },
  { compaction: '64:1', compact_mode: 'average', modulation: 'post' },
  { adaln: 'global' },
  { pixel_attention: 'false' },
  { pixel_attention: 'false', adaln_groups: 'used', modulation: 'post' },
])('builds PixelDiT with %j', (options) => {
  const tiny = { size: '16x16', patch: '4', width: '16', heads: '2', depth: '1', pixel_width: '4', pixel_depth: '1' };
  const model = compileModel('specs/pixeldit.weft', 'PixelDiT', { ...tiny, classes: '3', ...options });
  expect(model.outputs.velocity.shape.slice(1)).toEqual([3, 16, 16]);
});
