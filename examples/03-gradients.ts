/** Runs two programs of one model in one session: the velocity, and the gradient of the loss by every weight. */
import { join } from 'node:path';
import { compile, denoise, grad, imageNoise, openSession, specsFolder } from 'weft';

const set = { size: '16x16', classes: 4, patch: 4, width: 32, heads: 2, depth: 1, pixel_width: 8, pixel_depth: 1 };
const { model } = compile(join(specsFolder, 'pixeldit.weft'), { set });

const batch = 2;
const session = await openSession('auto', [denoise(model), grad(model)], { bindings: { batch }, seed: 1 });
const inputs = {
  x_t: imageNoise(0, [3, 16, 16], batch),
  t: { shape: [batch], dtype: 'f32', data: Float32Array.of(0.25, 0.75) },
  y: { shape: [batch], dtype: 'i32', data: Int32Array.of(0, 3) },
} as const;

const { velocity } = await session.run('denoise', inputs);
console.log(`velocity [${velocity.shape.join(', ')}] on ${session.backend}`);

const { loss, ...rest } = await session.run('grad', { ...inputs, v_target: imageNoise(9, [3, 16, 16], batch) });
console.log(`loss ${loss.data[0].toFixed(4)}`);
for (const [name, { data }] of Object.entries(rest)) {
  const norm = Math.hypot(...data);
  if (norm > 0) console.log(`${name.padEnd(48)} ${norm.toExponential(2)}`);
}
await session.dispose();
