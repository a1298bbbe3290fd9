import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { readMetadata } from '../../src/backends/onnx/metadata';
import { loadOnnx } from '../../src/backends/onnx/runtime';
import { openSafetensors, readSafetensors } from '../../src/data/safetensors';
import { imageNoise } from '../../src/sample/noise';
import { relMax } from '../support/golden';
import { inFolder, specIn, weft, type Outcome } from '../support/weft';

const spec = 'tiny-t2i.weft';

const withSpec = (
  use: (run: (...args: string[]) => Promise<Outcome>, folder: string) => Promise<void>,
): Promise<void> =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, 'images'));
    for (const colour of ['red', 'green', 'blue']) {
      const image = sharp({ create: { width: 8, height: 8, channels: 3, background: colour } });
      await image.png().toFile(join(folder, 'images', `${colour}.png`));
      writeFileSync(join(folder, 'images', `${colour}.txt`), `all ${colour}`);
    }
    specIn(folder, spec);
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    await use((...args) => weft(args, { cwd: folder, env }), folder);
  });

it('writes what an exported sampler takes, and the file says how it was made', () =>
  withSpec(async (run, folder) => {
    const path = (name: string): string => join(folder, name);
    expect((await run('train', `${spec}#learned`, '--out', 'run', '--steps', '1')).status).toBe(0);
    const encoded = await run(
      'encode',
      '--run',
      'run',
      '--prompt',
      'all rde',
      '--prompt',
      'all red',
      '--out',
      'f.safetensors',
    );
    expect([encoded.status, encoded.stdout]).toEqual([0, 'f.safetensors\n']);
    expect(encoded.stderr).toContain('not in any caption the model was trained on: rde (did you mean red?)');
    const [drawn, exported] = await Promise.all([
      run('sample', '--run', 'run', '--text', 'f.safetensors', '--out', 'drawn.safetensors'),
      run('export', '--run', 'run', '--program', 'sample', '--out', 'sampler.onnx'),
    ]);
    expect([drawn.status, exported.status]).toEqual([0, 0]);
    const model = await loadOnnx(path('sampler.onnx'));
    const features = Object.fromEntries(await readSafetensors(path('f.safetensors')));
    const { image } = await model.run({ noise: imageNoise(0, [3, 8, 8], 2), ...features });
    await model.dispose();
    const { data } = (await readSafetensors(path('drawn.safetensors'))).get('images')!;
    expect(relMax(image.data, data)).toBeLessThanOrEqual(1e-4);
    expect(await readMetadata(path('sampler.onnx'))).toMatchObject({
      classes: '["images"]',
      text_encoder: 'vocabulary',
      text_prefix: 'a picture: ',
      text_length: '5',
      text_words: '["all","blue","green","red"]',
    });
  }));

it('encodes by a recipe of a spec, and the prompts of a file', () =>
  withSpec(async (run, folder) => {
    writeFileSync(join(folder, 'prompts.txt'), '\ufeffred\r\n\r\n blue heart \r\n');
    const args = ['--prompts', 'prompts.txt', '--negative', 'face', '--out', 'f.safetensors'];
    expect((await run('encode', `${spec}#quick`, ...args)).status).toBe(0);
    const file = await openSafetensors(join(folder, 'f.safetensors'));
    expect([...file.names].sort().map((name) => [name, ...file.info(name).shape])).toEqual([
      ['text', 2, 5, 8],
      ['text_mask', 2, 5],
      ['text_mask_none', 2, 5],
      ['text_none', 2, 5, 8],
    ]);
    expect(file.metadata).toMatchObject({
      model: 'Tiny',
      text_encoder: 'words',
      prompts: '["red","blue heart"]',
      negative: 'face',
    });
    await file.close();
  }));

it.each<[string, readonly string[], number, string]>([
  ['no prompts', [`${spec}#quick`], 2, 'There is nothing to encode'],
  ['no model', ['--prompt', 'x'], 2, 'No model was named'],
  ['another kind of file', [`${spec}#quick`, '--prompt', 'x', '--out', 'x.npy'], 2, 'x.npy is no .safetensors file'],
  ['words without numbers', [`${spec}#learned`, '--prompt', 'x'], 1, 'Name the run that has them'],
  ['a file of nothing', [`${spec}#quick`, '--prompts', '/dev/null'], 1, '/dev/null is a device; a file was expected'],
])('refuses %s', (_, args, status, message) =>
  withSpec(async (run) => {
    const out = args.includes('--out') ? [] : ['--out', 'f.safetensors'];
    const outcome = await run('encode', ...out, ...args);
    expect([outcome.status, outcome.stderr]).toEqual([status, expect.stringContaining(message)]);
  }),
);
