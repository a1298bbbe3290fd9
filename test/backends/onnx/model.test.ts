import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { exportOnnx } from '../../../src/backends/onnx/export';
import { onnxWords } from '../../../src/backends/onnx/words';
import { verifyTolerances, type OnnxPrecision } from '../../../src/backends/onnx/precision';
import { verifyOnnx } from '../../../src/backends/onnx/verify';
import { fromTensors } from '../../../src/data/weight-source';
import { initialValue } from '../../../src/backends/initial-values';
import { openTfjs } from '../../../src/backends/tfjs/session';
import { variable, variablesOf } from '../../../src/compiler/ir/graph';
import { optimize } from '../../../src/compiler/optimize/pipeline';
import { denoise } from '../../../src/compiler/programs/denoise';
import { compileModel } from '../../support/compile';
import { suiteFolder } from '../../support/folder';

const sizes = {
  size: '16x8',
  classes: '5',
  patch: '4',
  width: '32',
  heads: '2',
  depth: '2',
  pixel_width: '4',
  pixel_depth: '1',
};
const folder = suiteFolder();

const cases = [17, 23, 25].flatMap((opset) =>
  (['fp32', 'fp16', 'bf16'] as const).map((precision): [number, OnnxPrecision] => [opset, precision]),
);

it.each(cases)(
  'PixelDiT at opset %i in %s is the model it came from, for batches of 1 and 3',
  async (opset, precision) => {
    const program = denoise(compileModel('specs/pixeldit.weft', 'PixelDiT', sizes));
    const session = await openTfjs([program]);
    // Every weight is random: those that start at zero would hide what lies behind them.
    const normal = variablesOf(program).map((v) =>
      variable(v.leaf.name, v.shape, { kind: 'normal', std: 0.2 }, 'weight'),
    );
    await session.set(Object.fromEntries(normal.map((v) => [v.leaf.name, initialValue(v, 1)])));
    const path = join(folder, `${opset}-${precision}.onnx`);
    const weights = fromTensors(await session.get());
    await exportOnnx(optimize(program, onnxWords), { path, opset, precision, weights });
    const result = await verifyOnnx(path, session, program, { tolerance: verifyTolerances[precision] });
    expect(result.outputs).toHaveLength(1);
    expect(result.passed).toBe(true);
    await session.dispose();
  },
);
