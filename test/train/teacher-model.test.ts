import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { exportOnnx } from '../../src/backends/onnx/export';
import type { BackendName, HostTensors } from '../../src/backends/session';
import { staticShape } from '../../src/compiler/ir/dims';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { teacherProgram } from '../../src/compiler/programs/objectives/teacher';
import { writeSafetensors } from '../../src/data/safetensors';
import { fromTensors } from '../../src/data/weight-source';
import { isNativeAvailable } from '../../src/setup/native';
import { openTeacher } from '../../src/train/teacher';
import { openTeacherModel } from '../../src/train/teacher-model';
import { compileModel } from '../support/compile';
import { failureOf } from '../support/failure';
import { patterned, patternedWeight } from '../support/patterned';
import { inFolder } from '../support/weft';

const spec = 'test/train/encoders.weft';
const images = patterned('images', [3, 3, 8, 8]);

function weightsFor(model: ModelGraph): HostTensors {
  const drawn = model.weights.map(({ leaf, shape }) => [leaf.name, patternedWeight(leaf.name, staticShape(shape))]);
  return Object.fromEntries(drawn) as HostTensors;
}

const backends: BackendName[] = ['tfjs', ...(isNativeAvailable() ? (['tensorflow'] as const) : [])];

it.each(backends.flatMap((b) => ['Tokens', 'Colours'].map((name) => [name, b] as const)))(
  'gives the tokens of %s that its ONNX file gives, on %s',
  (name, backend) =>
    inFolder(async (folder) => {
      const encoder = compileModel(spec, name);
      const weights = weightsFor(encoder);
      const [safetensors, onnx] = [join(folder, 'encoder.safetensors'), join(folder, 'encoder.onnx')];
      await writeSafetensors(safetensors, weights);
      await exportOnnx(teacherProgram(encoder).program, { path: onnx, weights: fromTensors(weights) });
      const wanted = { tokens: 9, width: name === 'Tokens' ? 8 : 6 };
      const declared = await openTeacherModel(encoder, safetensors, wanted, { batch: 3, backend });
      const file = await openTeacher(onnx, wanted, { images: images.shape });
      const [found, expected] = [await declared.encode(images), await file.encode(images)];
      expect(found.shape).toEqual([3, wanted.tokens, wanted.width]);
      expect(found.shape).toEqual(expected.shape);
      found.data.forEach((x, i) => expect(Math.abs(x - expected.data[i])).toBeLessThan(1e-4));
      await Promise.all([declared.close(), file.close()]);
    }),
);

it('refuses a model that gives other tokens before it looks for weights', async () => {
  const encoder = compileModel(spec, 'Tokens', { size: '16x16' });
  const opened = (): unknown => openTeacherModel(encoder, 'none.safetensors', { tokens: 9, width: 768 }, { batch: 1 });
  expect(await failureOf(opened)).toBe(
    'This aligns with 9 tokens of width 768, but Tokens gives 16 of width 8.\nWrite width: 8, tokens: 16.',
  );
});
