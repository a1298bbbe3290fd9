import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '../../src/data/safetensors';
import { isNativeAvailable } from '../../src/setup/native';
import { inFolder, weft, type Outcome } from '../support/weft';

const table = 'model Table() {\n  output velocity: [4, 3] = rearrange(range(12), "(a b) -> a b", a: 4)\n}\n';

/** `weft ARGS` beside a model that is a table of positions: it has neither inputs nor weights. */
async function beside(folder: string, ...args: string[]): Promise<Outcome> {
  writeFileSync(join(folder, 'table.weft'), table);
  return weft(args, { cwd: folder });
}

const backends = ['reference', 'tfjs', 'onnx', ...(isNativeAvailable() ? ['tensorflow'] : [])];

it.each(backends)('runs a model without inputs on %s, for a batch of one', (backend) =>
  inFolder(async (folder) => {
    const args = ['run', 'table.weft', '--program', 'denoise', '--backend', backend, '--outputs', 'out.safetensors'];
    expect(await beside(folder, ...args)).toMatchObject({ status: 0 });
    const { shape, data } = (await readSafetensors(join(folder, 'out.safetensors'))).get('velocity')!;
    expect([shape, Array.from(data)]).toEqual([
      [1, 4, 3],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    ]);
  }),
);

it('exports and verifies a model without inputs', () =>
  inFolder(async (folder) => {
    const exported = await beside(folder, 'export', 'table.weft', '--out', 'table.onnx');
    expect([exported.status, exported.stdout]).toEqual([0, expect.stringContaining('within the tolerance')]);
    const verified = await beside(folder, 'verify', 'table.onnx', '--against', 'table.weft');
    expect([verified.status, verified.stdout]).toEqual([0, expect.stringMatching(/^velocity: .* 0\.00e\+0/)]);
  }));

it('says that there is nothing to guide by', () =>
  inFolder(async (folder) => {
    const { status, stderr } = await beside(folder, 'export', 'table.weft', '--out', 't.onnx', '--program', 'guided');
    expect([status, stderr]).toEqual([2, expect.stringContaining('Table has no condition to be guided by')]);
  }));
