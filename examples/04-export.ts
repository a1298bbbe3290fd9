/** Exports a model as ONNX and proves the file equal to the model. The weights here are random numbers. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, denoise, exportOnnx, imageNoise, openSession, verifyOnnx, writeSafetensors, specsFolder } from 'weft';

const set = { size: '16x16', classes: 4, patch: 4, width: 32, heads: 2, depth: 1, pixel_width: 8, pixel_depth: 1 };
const { model } = compile(join(specsFolder, 'pixeldit.weft'), { set });
const folder = mkdtempSync(join(tmpdir(), 'weft-example-'));

const session = await openSession('tfjs', [denoise(model)], { seed: 1 });
const weights = join(folder, 'weights.safetensors');
const drawn = Object.entries(await session.get()).map(([name, w], i) => {
  // The last layer starts at zero, which would prove little.
  return [name, { ...w, data: imageNoise(i, w.shape, 1).data.map((x: number) => 0.2 * x) }] as const;
});
await writeSafetensors(weights, Object.fromEntries(drawn));
await session.dispose();

const path = join(folder, 'model.onnx');
const { bytes } = await exportOnnx(model, { weights, path, opset: 23 });
const { passed, outputs } = await verifyOnnx(path, model, { weights });
console.log(`${path}: ${bytes} bytes, ${passed ? 'equal' : 'NOT equal'} within ${outputs[0].relMax.toExponential(1)}`);
