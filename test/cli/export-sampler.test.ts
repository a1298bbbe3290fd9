import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { loadOnnx } from '../../src/backends/onnx/runtime';
import { initialValue } from '../../src/backends/initial-values';
import { variable } from '../../src/compiler/ir/graph';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors';
import { imageNoise } from '../../src/index';
import { relMax } from '../support/golden';
import { compileModel } from '../support/compile';
import { inFolder, weft } from '../support/weft';

const spec = 'test/cli/tiny.weft';

async function randomWeights(path: string): Promise<string> {
  const { weights } = compileModel(spec, 'Tiny');
  const values = weights.map((w) => {
    const v = variable(w.leaf.name, w.shape, { kind: 'normal', std: 0.2 }, 'weight');
    return [v.leaf.name, initialValue(v, 1)] as const;
  });
  await writeSafetensors(path, Object.fromEntries(values));
  return path;
}

it('exports the sampler of a sample section: the file draws what `weft sample` draws', () =>
  inFolder(async (folder) => {
    const weights = ['--weights', await randomWeights(join(folder, 'w.safetensors'))];
    const [file, drawn] = [join(folder, 'sampler.onnx'), join(folder, 'drawn.safetensors')];
    const exported = await weft(['export', `${spec}#quick`, ...weights, '--out', file, '--program', 'sample']);
    expect([exported.status, exported.stdout]).toEqual([0, expect.stringContaining('image: largest difference')]);
    expect(exported.stderr).toContain('sampler: heun, 3 steps, guidance 2 on (0, 1)');
    const [verified, sampled] = await Promise.all([
      weft(['verify', file, '--against', spec, ...weights, '--backend', 'tfjs']),
      weft(['sample', spec, ...weights, '--seed', '5', '--labels', '0-1', '--count', '1', '--out', drawn]),
    ]);
    expect([verified.status, verified.stdout]).toEqual([0, expect.stringContaining('image: largest difference')]);
    expect(sampled.status).toBe(0);
    const onnx = await loadOnnx(file);
    const y = { shape: [2], dtype: 'i32' as const, data: Int32Array.of(0, 1) };
    const { image } = await onnx.run({ noise: imageNoise(5, [3, 8, 8], 2), y });
    await onnx.dispose();
    expect(relMax(image.data, (await readSafetensors(drawn)).get('images')!.data)).toBeLessThanOrEqual(1e-4);
  }));

it('exits with 2 for a solver that does not exist, and for options of a sampler without one', () =>
  inFolder(async (folder) => {
    const given = ['export', spec, '--weights', 'w.safetensors', '--out', join(folder, 'a.onnx')];
    const [unknown, stray] = await Promise.all([
      weft([...given, '--program', 'sample', '--solver', 'unipc']),
      weft([...given, '--steps', '5']),
    ]);
    expect([unknown.status, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('euler, heun, heun_exact, flow_dpm, dpm_solver_pp'),
    ]);
    expect([stray.status, stray.stderr]).toEqual([2, expect.stringContaining('Add --program sample')]);
    expect(readdirSync(folder)).toEqual([]);
  }));
