import { expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { loadOnnx } from '../../src/backends/onnx/runtime';
import { readSafetensors } from '../../src/data/safetensors';
import { imageNoise } from '../../src/sample/noise';
import type { RunRecord } from '../../src/train/run-folder';
import { relMax } from '../support/golden';
import { inFolder, specIn, weft, type Outcome } from '../support/weft';

const spec = 'tiny-t2i.weft';

/** A folder with captioned images, and `weft` run in it on the portable backend. */
async function withCaptions(use: (run: (...args: string[]) => Promise<Outcome>, folder: string) => Promise<void>) {
  await inFolder(async (folder) => {
    mkdirSync(join(folder, 'images'));
    for (const [i, colour] of ['red', 'green', 'blue', 'white'].entries()) {
      const image = sharp({ create: { width: 8, height: 8, channels: 3, background: colour } });
      await image.png().toFile(join(folder, 'images', `${i}.png`));
      writeFileSync(join(folder, 'images', `${i}.txt`), `all ${colour}${i === 3 ? ' from edge to edge' : ''}`);
    }
    specIn(folder, spec);
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    await use((...args) => weft(args, { cwd: folder, env }), folder);
  });
}

it('trains on captions and draws what prompts say', () =>
  withCaptions(async (run, folder) => {
    const trained = await run('train', `${spec}#quick`, '--out', 'run');
    expect([trained.status, trained.stderr]).toEqual([
      0,
      expect.stringContaining('1 of 4 captions has more than 5 tokens and loses its end.'),
    ]);
    const record = JSON.parse(readFileSync(join(folder, 'run', 'run.json'), 'utf8')) as RunRecord;
    expect(record.texts).toEqual({
      prompts: ['all red', 'all green', 'all blue', 'all white from edge to edge'],
      words: ['all', 'blue', 'edge', 'from', 'green', 'red', 'to', 'white'],
    });
    // Four captions in rows of four images.
    expect(await sharp(join(folder, 'run', 'samples.png')).metadata()).toMatchObject({ width: 504, height: 504 });

    const draw = async (...args: string[]): Promise<Float32Array> => {
      const { status, stderr } = await run('sample', '--run', 'run', '--count', '1', '--out', 'x.safetensors', ...args);
      expect([status, stderr]).toEqual([0, expect.stringContaining('rows: ')]);
      return (await readSafetensors(join(folder, 'x.safetensors'))).get('images')!.data as Float32Array;
    };
    const plain = await draw('--prompt', 'all red', '--prompt', 'all blue');
    expect(plain.length).toBe(2 * 3 * 8 * 8);
    const [negative, unguided] = [
      await draw('--prompt', 'all red', '--prompt', 'all blue', '--negative', 'green'),
      await draw('--prompt', 'all red', '--prompt', 'all blue', '--guidance', '1'),
    ];
    for (const other of [negative, unguided]) {
      expect(plain.some((x, i) => Math.abs(x - other[i]) > 1e-6)).toBe(true);
    }

    const misspelt = await run('sample', '--run', 'run', '--prompt', 'all gren', '--count', '1', '--out', 'y.png');
    expect([misspelt.status, misspelt.stderr]).toEqual([0, expect.stringContaining('gren (did you mean green?)')]);
    const labels = await run('sample', '--run', 'run', '--labels', '1');
    expect([labels.status, labels.stderr]).toEqual([2, expect.stringContaining('knows no classes')]);
    const unsaid = await run('sample', spec, '--weights', 'run/ema.safetensors');
    expect([unsaid.status, unsaid.stderr]).toEqual([2, expect.stringContaining('Add --prompt')]);
  }));

it('learns words by their numbers, and keeps the numbers from training to the exported file', () =>
  withCaptions(async (run, folder) => {
    const learned = `${spec}#learned`;
    const [small, trained] = await Promise.all([
      run('train', learned, '--out', 'small', '--set', 'vocabulary=10'),
      run('train', learned, '--out', 'run', '--steps', '3'),
    ]);
    expect([small.status, small.stderr]).toEqual([1, expect.stringContaining('Build the model with vocabulary: 11.')]);
    const resumed = await run('train', '--resume', '--out', 'run', '--steps', '6');
    expect([trained.status, resumed.status]).toEqual([0, 0]);

    const draw = async (name: string, ...args: string[]): Promise<{ stderr: string; images: Float32Array }> => {
      const out = ['--count', '1', '--out', `${name}.safetensors`];
      const { status, stderr } = await run('sample', '--run', 'run', ...out, ...args);
      expect([status, stderr]).toEqual([0, expect.stringContaining('rows: ')]);
      const { data } = (await readSafetensors(join(folder, `${name}.safetensors`))).get('images')!;
      return { stderr, images: data as Float32Array };
    };
    const [red, led, unknown] = await Promise.all([
      draw('red', '--prompt', 'all red'),
      draw('led', '--prompt', 'all red', '--negative', 'green'),
      draw('unknown', '--prompt', 'all pink red'),
    ]);
    expect(red.images.some((x, i) => Math.abs(x - led.images[i]) > 1e-6)).toBe(true);
    expect(unknown.stderr).toContain('not in any caption the model was trained on: pink');
    expect(unknown.images).toEqual(red.images);

    const weights = ['--weights', 'run/ema.safetensors'];
    const [fromFile, exported] = await Promise.all([
      run('sample', learned, ...weights, '--prompt', 'all red', '--count', '1', '--out', 'file.safetensors'),
      run('export', learned, ...weights, '--program', 'sample', '--out', 'sampler.onnx'),
    ]);
    // A file of weights numbers the words as its run does.
    expect([fromFile.status, fromFile.stderr]).toEqual([0, expect.stringContaining('rows: all red')]);
    expect((await readSafetensors(join(folder, 'file.safetensors'))).get('images')!.data).toEqual(red.images);
    expect([exported.status, exported.stdout]).toEqual([0, expect.stringContaining('image: largest difference')]);
    const model = await loadOnnx(join(folder, 'sampler.onnx'));
    // After the start: a, picture of the prefix, then all, blue, edge, from, green, red, to, white.
    const { image } = await model.run({
      noise: imageNoise(0, [3, 8, 8], 1),
      tokens: { shape: [1, 5], dtype: 'i32', data: Int32Array.of(0, 1, 2, 3, 8) },
      tokens_none: { shape: [1, 5], dtype: 'i32', data: new Int32Array(5) },
      text_mask: { shape: [1, 5], dtype: 'i32', data: new Int32Array(5).fill(1) },
      text_mask_none: { shape: [1, 5], dtype: 'i32', data: Int32Array.of(1, 0, 0, 0, 0) },
    });
    await model.dispose();
    expect(relMax(image.data, red.images)).toBeLessThanOrEqual(1e-4);

    writeFileSync(join(folder, 'images', '0.txt'), 'all purple');
    const changed = await run('train', '--resume', '--out', 'run', '--steps', '8');
    expect([changed.status, changed.stderr]).toEqual([
      1,
      expect.stringContaining('the data have all, blue, edge, from, green, purple, to, white'),
    ]);
  }));

it('trains on classes and captions together, and draws pairs of both', () =>
  withCaptions(async (run, folder) => {
    for (const [i, group] of ['warm', 'cold', 'cold', 'warm'].entries()) {
      mkdirSync(join(folder, 'images', group), { recursive: true });
      for (const file of [`${i}.png`, `${i}.txt`])
        renameSync(join(folder, 'images', file), join(folder, 'images', group, file));
    }
    const trained = await run('train', specIn(folder, 'tiny-classed-t2i.weft'), '--out', 'run');
    expect([trained.status, existsSync(join(folder, 'run', 'samples.png'))]).toEqual([0, true]);

    const draw = async (...args: string[]): Promise<{ rows: string; images: Float32Array }> => {
      const { status, stderr } = await run('sample', '--run', 'run', '--count', '1', '--out', 'x.safetensors', ...args);
      expect([status, stderr]).toEqual([0, expect.stringContaining('rows: ')]);
      const { data } = (await readSafetensors(join(folder, 'x.safetensors'))).get('images')!;
      return { rows: /rows: (.*)/.exec(stderr)![1], images: data as Float32Array };
    };
    const pairs = await draw('--prompt', 'all red', '--prompt', 'all blue', '--labels', 'warm,cold');
    expect(pairs.rows).toBe('warm: all red, cold: all blue');
    const warm = await draw('--prompt', 'all red', '--prompt', 'all blue', '--labels', 'warm');
    expect(warm.rows).toBe('warm: all red, warm: all blue');
    const differs = (from: number, to: number): boolean =>
      pairs.images.subarray(from, to).some((x, i) => Math.abs(x - warm.images[from + i]) > 1e-6);
    expect([differs(0, 192), differs(192, 384)]).toEqual([false, true]);
    expect((await draw()).rows).toMatch(/^cold: all \w+, warm: all \w+, cold: all \w+, warm: all /);

    const uneven = ['--labels', '0,1', '--prompt', 'a', '--prompt', 'b', '--prompt', 'c'];
    const refused = await run('sample', '--run', 'run', ...uneven);
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('make no pairs')]);
  }));
