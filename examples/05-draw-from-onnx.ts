/**
 * Draws a picture out of one ONNX file: noise and a class go in, the image comes out. The same lines run in a browser with
 * onnxruntime-web. The file is made by
 *
 *     weft export specs/examples/quickstart.weft --weights runs/quickstart/ema.safetensors --out sampler.onnx --program sample
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { imageNoise, writeImageGrid } from '../src/index';

const [file = 'sampler.onnx', label = '0', out = 'drawn.png'] = process.argv.slice(2);
const session = await InferenceSession.create(file);
const [noise] = session.inputMetadata;
if (!noise.isTensor) throw new Error(`${file} takes no noise`);
const shape = noise.shape.slice(1).map(Number); // [batch, channels, height, width]

const start = imageNoise(Date.now(), shape, 1).data as Float32Array;
const { image } = await session.run({
  noise: new Tensor('float32', start, [1, ...shape]),
  y: new Tensor('int32', Int32Array.of(Number(label)), [1]),
});
await writeImageGrid(out, { shape: image.dims, data: image.data as Float32Array }, { scale: 8 });
console.log(out);
