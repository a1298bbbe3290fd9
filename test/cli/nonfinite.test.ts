import { expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/data/safetensors';
import { f32, storeTensors, type Stored } from '../support/stored';
import { inFolder, weft } from '../support/weft';

const spec = `model M() {
  input noisy: image(4x4)
  input time: scalar
  output velocity: image(4x4) = linear(noisy, 4, bias: false) @l
}
`;

/** The commands that use weights, each with what it would write. */
const commands: readonly (readonly string[])[] = [
  [
    'sample',
    'm.weft',
    '--weights',
    'w.safetensors',
    '--steps',
    '2',
    '--count',
    '1',
    '--backend',
    'reference',
    '--out',
    'out.png',
  ],
  ['export', 'm.weft', '--weights', 'w.safetensors', '--out', 'out.onnx'],
  ['export', 'm.weft', '--weights', 'w.safetensors', '--format', 'diffusers', '--out', 'out'],
  [
    'run',
    'm.weft',
    '--program',
    'denoise',
    '--weights',
    'w.safetensors',
    '--inputs',
    'in.safetensors',
    '--backend',
    'reference',
    '--outputs',
    'out.safetensors',
  ],
];

/** A folder with the spec, inputs, and the layer's weight of one number. */
const withWeight = (number: number, use: (folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'm.weft'), spec);
    await storeTensors(join(folder, 'w.safetensors'), { 'l.weight': f32([4, 4], new Array<number>(16).fill(number)) });
    const [x, t] = [new Float32Array(48).fill(1), Float32Array.of(0.5)];
    const inputs = {
      x_t: { shape: [1, 3, 4, 4], dtype: 'f32', data: x },
      t: { shape: [1], dtype: 'f32', data: t },
    } as const;
    await writeSafetensors(join(folder, 'in.safetensors'), inputs);
    await use(folder);
  });

it.each(commands)('tells NaN in a weight before %s of %s does anything', (...command) =>
  withWeight(NaN, async (folder) => {
    const { status, stdout, stderr } = await weft(command, { cwd: folder });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('error: The weight "l.weight" of w.safetensors is not finite: number 1 of 16 is NaN.');
    expect(existsSync(join(folder, 'out', 'diffusion_pytorch_model.safetensors'))).toBe(false);
    expect(['out.png', 'out.onnx', 'out.safetensors'].some((name) => existsSync(join(folder, name)))).toBe(false);
  }),
);

it('draws no black picture where finite weights overflow, and names the first tap', () =>
  withWeight(2e38, async (folder) => {
    const drawn = await weft(commands[0], { cwd: folder });
    expect([drawn.status, existsSync(join(folder, 'out.png'))]).toEqual([1, false]);
    expect(drawn.stderr).toContain('What was drawn is not finite in 1 of 1 image');
    const run = await weft(commands[3], { cwd: folder });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('What was computed is not finite: velocity; the first tap that is not is tap/l.');
  }));

const big: Stored = { dtype: 'I64', shape: [1], bytes: new Uint8Array(BigInt64Array.of(2n ** 40n).buffer) };
const huge: Stored = { dtype: 'F64', shape: [1], bytes: new Uint8Array(Float64Array.of(1e300).buffer) };

it.each<[string, { readonly [name: string]: Stored }, number, RegExp]>([
  [
    'nothing of what is not used',
    { when: big, far: huge, odd: { ...big, dtype: 'C64' } },
    0,
    /not used by denoise: when, far, odd/,
  ],
  ['a time beyond 32-bit floats', { t: huge }, 1, /"t" \(F64\) holds 1e\+300, which is beyond 32-bit floats/],
  [
    'a time of an unread type',
    { t: { ...big, shape: [8], dtype: 'F8_E8M0' } },
    1,
    /is of the type F8_E8M0|expected \[1\]/,
  ],
])('refuses of the inputs %s', (_, more, status, message) =>
  withWeight(1, async (folder) => {
    const inputs = { x_t: f32([1, 3, 4, 4], new Array<number>(48).fill(1)), t: f32([1], [0.5]), ...more };
    await storeTensors(join(folder, 'in.safetensors'), inputs);
    const found = await weft(commands[3], { cwd: folder });
    expect([found.status, found.stderr]).toEqual([status, expect.stringMatching(message)]);
  }),
);
