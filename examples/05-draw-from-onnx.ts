/**
 * Draws a picture out of one ONNX file: noise and a class go in, the image comes out. In a browser onnxruntime-web runs the
 * same file with the same names. The file is made by
 *
 *     weft export specs/examples/quickstart.weft --weights runs/quickstart/ema.safetensors --out sampler.onnx --program sample
 */
import { imageNoise, openOnnx, writeImageGrid } from 'weft';

const [file = 'sampler.onnx', label = '0', out = 'drawn.png'] = process.argv.slice(2);
const model = await openOnnx(file);
const shape = model.inputs[0].shape.slice(1).map(Number); // [batch, channels, height, width]

const noise = imageNoise(Date.now(), shape, 1);
const { image } = await model.run({
  noise: { ...noise, shape: [1, ...shape] },
  y: { shape: [1], dtype: 'i32', data: Int32Array.of(Number(label)) },
});
await writeImageGrid(out, image, { scale: 8 });
await model.dispose();
console.log(out);
