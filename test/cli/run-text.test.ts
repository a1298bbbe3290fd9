import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors';
import { configured } from '../support/compile';
import { goldenCase, goldenWeights, relMax } from '../support/golden';
import { inFolder, weft } from '../support/weft';

const plain = goldenCase('t2i_tiny');
const masked = goldenCase('t2i_tiny_mask');

/** The velocity `weft run` gives for the weights of `t2i_tiny` and some inputs. */
async function velocityOf(folder: string, inputs: HostTensors, args: readonly string[] = []): Promise<HostTensor> {
  const path = (name: string): string => join(folder, `${name}.safetensors`);
  await writeSafetensors(path('w'), goldenWeights(plain));
  await writeSafetensors(path('in'), inputs);
  const { file, model, settings } = configured(plain.about.config as never);
  const sets = Object.entries(settings).flatMap(([k, v]) => ['--set', `${k}=${v}`]);
  const files = ['--weights', path('w'), '--inputs', path('in'), '--outputs', path('out')];
  const words = ['--program', 'denoise', '--no-taps', '--backend', 'tfjs', ...args];
  const { status, stderr } = await weft(['run', `${file}#${model}`, ...sets, ...files, ...words]);
  expect([status, stderr]).toEqual([0, expect.stringContaining('computed by')]);
  return (await readSafetensors(path('out'))).get('velocity')!;
}

it('leaves padding out of attention where the inputs say what is padding', () =>
  inFolder(async (folder) => {
    const velocity = await velocityOf(folder, masked.under('in'));
    expect(relMax(velocity.data, masked.under('out').velocity.data)).toBeLessThanOrEqual(masked.tolerance.out);
  }));

it('attends to all tokens without a mask, and with one when told so', () =>
  inFolder(async (folder) => {
    const want = plain.under('out').velocity.data;
    const without = await velocityOf(folder, plain.under('in'));
    expect(relMax(without.data, want)).toBeLessThanOrEqual(plain.tolerance.out);
    const ignored = await velocityOf(folder, masked.under('in'), ['--set', 'text_mask=false']);
    expect(relMax(ignored.data, want)).toBeLessThanOrEqual(plain.tolerance.out);
  }));

it('cuts texts to the tokens a model has positions for', () =>
  inFolder(async (folder) => {
    const { text, ...rest } = plain.under('in');
    const long = repeatTokens(text, 12);
    const cut = await velocityOf(folder, { ...rest, text: long });
    const short = await velocityOf(folder, { ...rest, text: repeatTokens(text, 10) });
    expect(cut.data).toEqual(short.data);
  }));

/** The tokens of [batch, tokens, width] over and over until there are `count`. */
function repeatTokens({ shape, dtype, data }: HostTensor, count: number): HostTensor {
  const [batch, tokens, width] = shape;
  const out = Float32Array.from({ length: batch * count * width }, (_, i) => {
    const [b, n, c] = [Math.floor(i / (count * width)), Math.floor(i / width) % count, i % width];
    return data[(b * tokens + (n % tokens)) * width + c];
  });
  return { shape: [batch, count, width], dtype, data: out };
}
