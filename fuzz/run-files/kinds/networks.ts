/** Networks that come with their files: exported models, encoders to align with, text encoders. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportOnnx } from '../../../src/backends/onnx/export';
import { symbol } from '../../../src/compiler/ir/dims';
import { input, variable, type Program } from '../../../src/compiler/ir/graph';
import { add } from '../../../src/compiler/ops/elementwise';
import { linear } from '../../../src/compiler/ops/linalg';
import { reshape } from '../../../src/compiler/ops/movement';
import { fromTensors } from '../../../src/data/weight-source';
import { packageRoot } from '../../../src/files/package-root';
import { exportModelToOnnx } from '../../../src/run/export-model';
import { verifyModel } from '../../../src/run/verify-model';
import { gemma2Encoder } from '../../../src/text/gemma2';
import { openTokenizer } from '../../../src/text/language-model';
import { planRun } from '../../../src/train/plan';
import { openTeacher } from '../../../src/train/teacher';
import { steps } from '../subject';
import { summed, unsummed, type FileKind } from './kind';
import { trainIn } from './own';

/** `weft verify` compares what the file computes with the model and its weights. */
export const exportedModels: FileKind = {
  name: 'exported models',
  damage: 'inside',
  make: async (folder) => {
    await trainIn(folder, 1);
    const { model } = planRun(join(folder, 'subject.weft'), null, { steps });
    const given = { weights: join(folder, 'run', 'ema.safetensors'), tell: () => {} };
    await exportModelToOnnx(model, { ...given, path: join(folder, 'model.onnx'), externalData: false });
    mkdirSync(join(folder, 'apart'));
    await exportModelToOnnx(model, { ...given, path: join(folder, 'apart', 'model.onnx'), externalData: true });
  },
  files: () => ['model.onnx', join('apart', 'model.onnx'), join('apart', 'model.onnx.data')],
  read: async (folder, warn) => {
    const { model } = planRun(join(folder, 'subject.weft'), null, { steps });
    const weights = join(folder, 'run', 'ema.safetensors');
    const how = { weights, backend: 'tfjs', threads: 1, tell: () => {} } as const;
    for (const file of ['model.onnx', join('apart', 'model.onnx')]) {
      const { passed } = await verifyModel(join(folder, file), model, how);
      if (!passed) warn(`${file} does not compute what the model does`);
    }
    return summed('');
  },
};

/** An encoder of images of another maker, which has no sums. */
export const alignedEncoders: FileKind = {
  name: 'encoders to align with',
  damage: 'inside',
  make: async (folder) => {
    mkdirSync(folder, { recursive: true });
    const data = Float32Array.from({ length: 24 }, (_, i) => Math.cos(i));
    const weights = fromTensors({ weight: { shape: [6, 4], dtype: 'f32', data } });
    await exportOnnx(encoder(), { path: join(folder, 'encoder.onnx'), weights });
  },
  files: () => ['encoder.onnx'],
  read: async (folder, warn) => {
    const shape = [2, 3, 4, 4];
    const wanted = { tokens: 12, width: 6 };
    const teacher = await openTeacher(join(folder, 'encoder.onnx'), wanted, {
      images: shape,
      threads: 1,
      onWarning: warn,
    });
    try {
      const images = Float32Array.from({ length: 96 }, (_, i) => Math.sin(i));
      const tokens = await teacher.encode({ shape, dtype: 'f32', data: images });
      return unsummed(tokens.shape, [...tokens.data]);
    } finally {
      await teacher.close();
    }
  },
};

/** Rows of pixels, each through one matrix. */
function encoder(): Program {
  const batch = symbol('batch');
  const image = input('pixel_values', [batch, 3, 4, 4]);
  const weight = variable('weight', [6, 4], { kind: 'normal', std: 1 }, 'weight');
  const rows = reshape(image, { shape: [batch, 12, 4] });
  return { name: 'encoder', inputs: [image], outputs: { features: add(linear(rows, weight), 1) }, updates: [] };
}

/** The rules of a tokeniser and the sizes of its model, which have no sums. */
export const textEncoders: FileKind = {
  name: 'text encoders',
  damage: 'inside',
  make: async (folder) => {
    mkdirSync(folder, { recursive: true });
    const path = join(packageRoot(), 'test', 'specs', 'fixtures', 'gemma2-texts.json');
    const { config, tokenizer } = JSON.parse(readFileSync(path, 'utf8')) as { config: object; tokenizer: object };
    const files = {
      'config.json': config,
      'tokenizer.json': tokenizer,
      'tokenizer_config.json': { model_max_length: 64 },
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
    writeFileSync(join(folder, 'model.safetensors'), '');
  },
  files: () => ['config.json', 'tokenizer.json', 'tokenizer_config.json'],
  read: async (folder) => {
    const { width } = await gemma2Encoder({ weights: folder, backend: 'tfjs' });
    const tokenize = await openTokenizer(folder, 'Download it again.');
    const ids = ['', 'a red heart', 'große Welle'].map(tokenize);
    const areTokens = ids.flat().every((id) => Number.isSafeInteger(id) && id >= 0);
    return unsummed(areTokens, [width, ids]);
  },
};
