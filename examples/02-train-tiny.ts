/** Trains a tiny model on emoji for a few steps, and draws a grid with what it has learnt so far. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, train, specsFolder } from 'weft';

const text = `
import { PixelDiT } from "../pixeldit"

model Tiny = PixelDiT(size: 16x16, classes: 9, patch: 4, width: 64, heads: 2, depth: 2, pixel_width: 8, pixel_depth: 1)

train tiny of Tiny {
  data      = emoji(styles: twemoji)
  objective = rectified_flow(time: logit_normal(0, 1))
  optimizer = adamw(rate: 2e-3)
  clip      = norm(1.0)
  ema       = 0.95
  drop      = label(0.1)
  batch     = 32
  steps     = 60
}
`;

const { model, recipe, sampling } = compile(join(specsFolder, 'examples/tiny.weft'), { text });
const out = join(mkdtempSync(join(tmpdir(), 'weft-example-')), 'run');
for await (const { step, loss, rate } of train(model, recipe!, { out, sample: sampling })) {
  if (step % 10 === 0) console.log(`step ${step}: loss ${loss.toFixed(3)}, rate ${rate}`);
}
console.log(`weights, loss curve and samples are in ${out}`);
