import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { exportOnnx } from '../../src/backends/onnx/export';
import { messages } from '../../src/backends/onnx/proto';
import { onnxWords } from '../../src/backends/onnx/words';
import { variablesOf } from '../../src/compiler/ir/graph';
import { optimize } from '../../src/compiler/optimize/pipeline';
import { denoise } from '../../src/compiler/programs/denoise';
import { writeSafetensors } from '../../src/data/safetensors';
import { fromTensors } from '../../src/data/weight-source';
import { exportModelToOnnx } from '../../src/run/export-model';
import { initialValue } from '../../src/backends/initial-values';
import { compileModel } from '../support/compile';
import { inFolder } from '../support/weft';

it.each([17, 23])('writes the program that is optimised for ONNX, at opset %i', (opset) =>
  inFolder(async (folder) => {
    const sizes = { size: '8x8', patch: '4', width: '16', heads: '2', depth: '2', pixel_depth: '1', classes: '3' };
    const model = compileModel('specs/pixeldit.weft', 'PixelDiT', sizes);
    const program = denoise(model);
    const weights = Object.fromEntries(variablesOf(program).map((v) => [v.leaf.name, initialValue(v, 1)]));
    const [file, path, plain, tested] = ['w.safetensors', 'a.onnx', 'b.onnx', 'c.onnx'].map((n) => join(folder, n));
    await writeSafetensors(file, weights);
    await exportModelToOnnx(model, { weights: file, path, opset });
    await exportOnnx(program, { weights: fromTensors(weights), path: plain, opset });
    await exportOnnx(optimize(program, onnxWords), { weights: fromTensors(weights), path: tested, opset });
    const nodes = (of: string): (string | null | undefined)[] =>
      messages.ModelProto.decode(readFileSync(of)).graph!.node!.map((n) => n.opType);
    expect(nodes(path)).toEqual(nodes(tested));
    expect(nodes(path).length).toBeLessThan(nodes(plain).length);
  }),
);
