import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { hasPyTorch } from '../../src/backends/pytorch/python';
import type { HostTensors } from '../../src/backends/session';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors';
import { isNativeAvailable } from '../../src/setup/native';
import { pixelditSettings } from '../support/compile';
import { goldenCase, relMax, type GoldenCase } from '../support/golden';
import { inFolder, weft, type Outcome } from '../support/weft';

const micro = goldenCase('c2i_micro');

/** `weft run` on a golden case's tensors, changed by the caller. */
async function runCase(
  golden: GoldenCase,
  folder: string,
  args: readonly string[],
  changes: { inputs?: HostTensors; weights?: HostTensors } = {},
): Promise<Outcome> {
  const path = (name: string): string => join(folder, `${name}.safetensors`);
  await writeSafetensors(path('w'), changes.weights ?? golden.under('w'));
  await writeSafetensors(path('in'), changes.inputs ?? golden.under('in'));
  const settings = Object.entries(pixelditSettings(golden.about.config as never)).flatMap(([k, v]) => [
    '--set',
    `${k}=${v}`,
  ]);
  const files = ['--weights', path('w'), '--inputs', path('in'), '--outputs', path('out')];
  return weft(['run', 'specs/pixeldit.weft#PixelDiT', ...settings, ...files, ...args]);
}

/** The worst distance of outputs, gradients and activations from the golden ones, by prefix. */
async function distances(golden: GoldenCase, folder: string): Promise<{ [prefix: string]: number }> {
  const found = await readSafetensors(join(folder, 'out.safetensors'));
  const worst: { [prefix: string]: number } = {};
  const compare = (prefix: string, nameOf: (name: string) => string): void => {
    for (const [name, want] of Object.entries(golden.under(prefix))) {
      const got = found.get(nameOf(name));
      if (got) worst[prefix] = Math.max(worst[prefix] ?? 0, relMax(got.data, want.data));
    }
  };
  compare('out', (name) => name);
  compare('grad', (name) => `grad/${name}`);
  compare('act', (name) => `tap/${name}`);
  return worst;
}

const backends = [
  'reference',
  'tfjs',
  ...(isNativeAvailable() ? ['tensorflow'] : []),
  ...(hasPyTorch() ? ['pytorch'] : []),
];

it.each(backends)('gives the numbers of the reference model on %s', (backend) =>
  inFolder(async (folder) => {
    const { status, stderr } = await runCase(micro, folder, ['--program', 'grad', '--backend', backend]);
    expect([status, stderr]).toEqual([0, expect.stringContaining(`computed by ${backend}`)]);
    const found = await distances(micro, folder);
    expect(found.out).toBeLessThanOrEqual(micro.tolerance.out);
    expect(found.grad).toBeLessThanOrEqual(micro.tolerance.grad);
    expect(found.act).toBeLessThanOrEqual(micro.tolerance.act ?? micro.tolerance.out);
  }),
);

it('takes labels stored as floats, and runs on ONNX Runtime', () =>
  inFolder(async (folder) => {
    const inputs = micro.under('in');
    const y = { ...inputs.y, dtype: 'f32' as const, data: Float32Array.from(inputs.y.data) };
    const changes = { inputs: { ...inputs, y } };
    const { status, stderr } = await runCase(micro, folder, ['--program', 'denoise', '--backend', 'onnx'], changes);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^not used by denoise: .*v_target/)]);
    expect((await distances(micro, folder)).out).toBeLessThanOrEqual(micro.tolerance.out);
  }));

it('tells all that does not fit at once', () =>
  inFolder(async (folder) => {
    const { x_t, t, v_target } = micro.under('in');
    const inputs = { xt: x_t, t: { ...t, shape: [2, 1] }, v_target };
    const { status, stdout, stderr } = await runCase(micro, folder, ['--program', 'loss', '--backend', 'tfjs'], {
      inputs,
    });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr.split('\n').slice(1, 5)).toEqual([
      '  missing  x_t f32 [2, 3, 16, 16] — did you mean xt?',
      '  shape    t: expected [2], found [2, 1]',
      '  missing  y i32 [2]',
      '  unknown  xt',
    ]);
  }));

it('tells which weights do not fit', () =>
  inFolder(async (folder) => {
    const { 'final_layer.linear.bias': _, ...weights } = micro.under('w');
    const { status, stderr } = await runCase(micro, folder, ['--program', 'loss', '--backend', 'tfjs'], { weights });
    expect(status).toBe(1);
    expect(stderr).toContain('missing  final_layer.linear.bias [3]');
  }));
