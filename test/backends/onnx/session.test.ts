import { expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openOnnx } from '../../../src/backends/onnx/session';
import { openReference } from '../../../src/backends/reference/session';
import { randomInputs } from '../../../src/backends/onnx/verify';
import { variable } from '../../../src/compiler/ir/graph';
import { gatedProgram, weightValues } from './models';
import { suiteFolder } from '../../support/folder';

const folder = suiteFolder();

it('runs the weights it was given last', async () => {
  const program = gatedProgram();
  const onnx = await openOnnx([program]);
  const reference = await openReference([program]);
  const inputs = randomInputs(program, { batch: 2 }, 1);
  for (const seed of [1, 2]) {
    await onnx.set(weightValues(program, seed));
    await reference.set(weightValues(program, seed));
    const found = (await onnx.run('denoise', inputs)).velocity.data;
    const expected = (await reference.run('denoise', inputs)).velocity.data;
    // Sums of 8 products in float32.
    found.forEach((x, i) => expect(x).toBeCloseTo(expected[i], 5));
  }
  await onnx.dispose();
});

it('restores what any of the portable sessions saved', async () => {
  const program = gatedProgram();
  const [one, other] = [await openReference([program], { seed: 3 }), await openOnnx([program], { seed: 4 })];
  const path = join(folder, 'state');
  await one.save(path);
  await other.restore(path);
  const [a, b] = [await one.get(['bias']), await other.get(['bias'])];
  expect(Array.from(b.bias.data)).toEqual(Array.from(a.bias.data));
  await expect(one.save(path)).rejects.toThrow('exists already');
  await expect(other.restore(join(folder, 'nothing'))).rejects.toThrow('holds no saved variables');
  expect(readdirSync(folder)).toEqual(['state']);
});

it('refuses programs that change variables', async () => {
  const counter = variable('steps', [], { kind: 'zeros' }, 'counter', 'i32');
  const program = { ...gatedProgram(), updates: [{ variable: counter, value: counter }] };
  await expect(openOnnx([program])).rejects.toThrow('Program "denoise" changes variables');
});
