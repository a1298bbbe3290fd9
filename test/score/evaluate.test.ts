import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { writeSafetensors } from '../../src/data/safetensors';
import { openEncoder, type Encoder } from '../../src/score/encoder';
import { evaluateSet, Reference, statisticsOf, type EvaluateOptions, type Known } from '../../src/score/evaluate';
import { featuresOf } from '../../src/score/feature-cache';
import type { FeatureRows } from '../../src/score/metrics/rows';
import { metrics } from '../../src/score/metric-names';
import { folderPictures, type PictureSource } from '../../src/score/picture-source';
import { drawn, patternedFeatures, peers, real, relative } from '../support/features';
import { patterned } from '../support/patterned';
import { inFolder } from '../support/weft';

/** Its features are the means of the channels, its logits twice these. */
const spec = `model Means(size: Size = 4x4) {
  input image: [3, size.height, size.width]
  let means = mean(rearrange(image, "c h w -> c (h w)"), axis: -1) * param([1]) @scale
  output features: [3] = means
  output spatial:  [3, size.height, size.width] = image
  output logits:   [3] = 2 * means
}`;

async function openMeans(folder: string): Promise<Encoder> {
  writeFileSync(join(folder, 'means.weft'), spec);
  const weights = join(folder, 'w.safetensors');
  await writeSafetensors(weights, { scale: { shape: [1], dtype: 'f32', data: Float32Array.of(3) } });
  return openEncoder({ target: `${join(folder, 'means.weft')}#Means`, weights });
}

async function allOf(known: Known, kind: 'features' | 'spatial' | 'logits'): Promise<number[]> {
  const rows: number[] = [];
  for await (const part of known.features!.get(kind)!.parts()) rows.push(...part.data);
  return rows;
}

it('takes the features of pictures of any size by an encoder of a spec', () =>
  inFolder(async (folder) => {
    const encoder = await openMeans(folder);
    expect([encoder.widths, encoder.facts.size]).toEqual([{ features: 3, spatial: 48, logits: 3 }, '4x4']);
    const pictures = join(folder, 'pictures');
    for (const [i, side] of [4, 9].entries()) {
      const colour = { r: 255, g: 0, b: 51 * i };
      const picture = sharp({ create: { width: side, height: side + 1, channels: 3, background: colour } });
      mkdirSync(join(pictures, 'deep'), { recursive: true });
      await picture.png().toFile(join(pictures, 'deep', `${i}.png`));
    }
    const source = await folderPictures(pictures, Infinity);
    const features = await featuresOf(source, encoder, { resize: 'clean-fid', cache: folder });
    await encoder.close();
    const found = await allOf({ features }, 'features');
    [3, -3, -3, 3, -3, -1.8].forEach((want, i) => expect(found[i]).toBeCloseTo(want, 5));
    expect((await allOf({ features }, 'logits'))[0]).toBeCloseTo(6, 5);
    expect(await folderPictures(pictures, 1)).toMatchObject({ count: 1 });
    writeFileSync(join(pictures, '3.png'), 'no picture');
    const more = await folderPictures(pictures, Infinity);
    await expect(more.read([0, 1, 2])).rejects.toThrow(/3\.png cannot be read: /);
  }));

it('goes on where it was stopped, and takes damaged parts again', () =>
  inFolder(async (folder) => {
    const encoder = await openMeans(folder);
    let calls = 0;
    const counting: Encoder = { ...encoder, encode: (images) => (calls++, encoder.encode(images)) };
    const data = Float32Array.from(patterned('pictures', [600, 48]).data);
    const source: PictureSource = {
      count: 600,
      facts: 'patterned',
      read: async (numbers) =>
        numbers.map((i) => ({ shape: [1, 3, 4, 4], dtype: 'f32', data: data.slice(i * 48, (i + 1) * 48) })),
    };
    const stop = new AbortController();
    const how = { resize: 'pytorch-fid', cache: folder } as const;
    const onProgress = (done: number): void => void (done > 512 && stop.abort());
    await expect(featuresOf(source, counting, { ...how, signal: stop.signal, onProgress })).rejects.toThrow('aborted');
    // 32 calls for the first part of 512, one of the second.
    expect(calls).toBe(33);
    const features = await featuresOf(source, counting, how);
    expect(calls).toBe(33 + 6);
    const means = await allOf({ features }, 'features');
    for (const [image, channel] of [
      [0, 0],
      [511, 2],
      [599, 1],
    ]) {
      const own = data.subarray(48 * image + 16 * channel, 48 * image + 16 * (channel + 1));
      expect(means[3 * image + channel]).toBeCloseTo((3 * own.reduce((a, b) => a + b, 0)) / 16, 5);
    }
    const [key] = readdirSync(join(folder, 'features'));
    const path = join(folder, 'features', key, '00001.safetensors');
    const bytes = readFileSync(path);
    bytes[bytes.length - 5] ^= 1;
    writeFileSync(path, bytes);
    const again = await featuresOf(source, counting, how);
    expect(calls).toBe(33 + 6 + 6);
    expect(await allOf({ features: again }, 'features')).toEqual(means);
    await featuresOf(source, counting, { ...how, resize: 'clean-fid' });
    expect(readdirSync(join(folder, 'features')).length).toBe(2);
    await encoder.close();
  }));

it('refuses networks that are no extractors, and extractors without weights', () =>
  inFolder(async (folder) => {
    const open = (text: string, more: { weights?: string } = {}) => {
      writeFileSync(join(folder, 'a.weft'), text);
      return openEncoder({ target: join(folder, 'a.weft'), ...more });
    };
    await expect(open(spec)).rejects.toMatchObject({ hint: 'Add --extractor-weights FILE.' });
    const weights = join(folder, 'w.safetensors');
    await writeSafetensors(weights, { scale: { shape: [1], dtype: 'f32', data: Float32Array.of(3) } });
    const two = 'model M() {\n  input a: [3, 4, 4]\n  input b: [3, 4, 4]\n  output c: [3, 4, 4] = a + b\n}';
    await expect(open(two, { weights })).rejects.toThrow('must have one input, an image of 3 channels');
    const others = 'model M() {\n  input a: [3, 4, 4]\n  output b: [3, 4, 4] = a\n  output c: [3, 4, 4] = a\n}';
    await expect(open(others, { weights })).rejects.toThrow('has the outputs b, c, and none is called features');
    await expect(openEncoder({ weights })).rejects.toThrow('has the weights of its package');
  }));

/** Rows as features that are read in parts. */
function known(rows: FeatureRows, logits?: FeatureRows): Known {
  const partsOf = ({ count, width, data }: FeatureRows) => ({
    count,
    width,
    parts: () =>
      [0, 1].map((half) => {
        const [from, to] = half === 0 ? [0, count >> 1] : [count >> 1, count];
        return { count: to - from, width, data: data.slice(from * width, to * width) };
      }),
  });
  return {
    features: new Map([['features', partsOf(rows)], ...(logits ? [['logits', partsOf(logits)] as const] : [])]),
  };
}

const options: EvaluateOptions = { pairs: 1000, resamples: 50, seed: 0 };

it('measures all that features allow, as other implementations do', async () => {
  const told = new Set<string>();
  const logits = patternedFeatures('features/logits', 103, 12, 3);
  const found = await evaluateSet(known(drawn, logits), new Reference(known(real)), {
    ...options,
    onProgress: (what) => told.add(what),
  });
  const values = Object.fromEntries(found.measured.map((m) => [m.metric, m]));
  expect(Object.keys(values)).toEqual([
    'frechet',
    'inception_score',
    'precision',
    'recall',
    'density',
    'coverage',
    'authenticity',
    'kernel',
    'discrepancy',
  ]);
  expect(relative(values.frechet.value, peers.frechet.scipy)).toBeLessThan(1e-9);
  expect(values.precision.value).toBeCloseTo(peers.precision, 6);
  expect(values.coverage.value).toBeCloseTo(peers.coverage, 6);
  expect(relative(values.discrepancy.value, peers.gaussian_discrepancy)).toBeLessThan(1e-6);
  // Two splits of 103 pictures, where torch-fidelity's value is of ten.
  expect(values.inception_score).toMatchObject({ how: '2 splits' });
  expect(values.inception_score.value).toBeCloseTo(peers.inception_score.inception_score_mean, 0);
  const { low, high } = values.precision.interval!;
  expect([low < peers.precision, high > peers.precision, high - low < 0.2]).toEqual([true, true, true]);
  expect(found.notes).toEqual([]);
  expect([...told]).toContain('nearest neighbours');
});

it('computes every metric that has a name, and docs/evaluation.md says what each means', async () => {
  const names = Object.keys(metrics);
  const spatial = (rows: FeatureRows): Known => ({
    features: new Map([
      ...known(rows, patternedFeatures('features/logits', rows.count, 12, 3)).features!,
      ['spatial', known(rows).features!.get('features')!],
    ]),
  });
  const { measured } = await evaluateSet(spatial(drawn), new Reference(spatial(real)), { ...options, resamples: 2 });
  expect(measured.map((m) => m.metric)).toEqual(names);
  const rows = [...readFileSync('docs/evaluation.md', 'utf8').matchAll(/^\| `(\w+)` \|/gm)];
  expect(rows.map((m) => m[1]).filter((name) => names.includes(name))).toEqual(names);
});

it('looks once for the neighbours of what several sets are compared with', async () => {
  const reference = new Reference(known(real));
  const told: string[] = [];
  const how = { ...options, onProgress: (what: string) => told.push(what) };
  const first = await evaluateSet(known(drawn), reference, how);
  const asked = told.filter((what) => what === 'neighbours of those compared with');
  expect(asked.length).toBeGreaterThan(0);
  expect(await evaluateSet(known(drawn), reference, how)).toEqual(first);
  expect(told.filter((what) => what === 'neighbours of those compared with')).toEqual(asked);
  // Another number of pictures in pairs has other neighbours.
  const fewer = await evaluateSet(known(drawn), reference, { ...options, pairs: 40 });
  expect(fewer).toEqual(await evaluateSet(known(drawn), new Reference(known(real)), { ...options, pairs: 40 }));
});

it('keeps intervals of shares between 0 and 1', async () => {
  const { width, data } = real;
  const rows = { count: 7, width, data: data.slice(0, 7 * width) };
  const { measured } = await evaluateSet(known(rows), new Reference(known(real)), options);
  for (const { metric, interval } of measured) {
    if (!interval) continue;
    expect([metric, interval.low >= 0, metric === 'density' || interval.high <= 1]).toEqual([metric, true, true]);
  }
  expect(measured.find((m) => m.metric === 'precision')?.interval?.high).toBe(1);
});

it('takes evenly spread pictures where there are more than are compared in pairs', async () => {
  const found = await evaluateSet(known(drawn), new Reference(known(real)), {
    ...options,
    pairs: 40,
    metrics: ['precision'],
  });
  expect(found.measured).toMatchObject([{ metric: 'precision', how: 'k 3, 40 and 40 pictures in pairs' }]);
});

it('compares with statistics, and says what these leave out', async () => {
  const statistics = await statisticsOf(known(real), options);
  const against = new Reference({ statistics });
  const found = await evaluateSet(known(drawn), against, options);
  expect(found.measured.map((m) => m.metric)).toEqual(['frechet']);
  expect(relative(found.measured[0].value, peers.frechet.scipy)).toBeLessThan(1e-9);
  const asked = (metric: 'precision' | 'spatial' | 'inception_score') =>
    evaluateSet(known(drawn), against, { ...options, metrics: [metric] });
  await expect(asked('precision')).rejects.toThrow('A file of statistics has means and covariances alone');
  await expect(asked('inception_score')).rejects.toThrow('This extractor gives no logits');
  const wide = await statisticsOf(known(patternedFeatures('wide', 30, 7, 1)), options);
  await expect(evaluateSet(known(drawn), new Reference({ statistics: wide }), options)).rejects.toThrow(
    'are of 7 features, those of the pictures of 20',
  );
});

it('says which features are too many for a covariance', async () => {
  const wide = (kind: 'features' | 'spatial'): Known => {
    const features = { count: 6, width: 9000, data: patternedFeatures('many', 6, 9000, 1).data };
    const pooled = known(real).features!;
    return { features: new Map([...pooled, [kind, known(features).features!.get('features')!]]) };
  };
  const against = new Reference(known(real));
  await expect(evaluateSet(known(drawn), new Reference(wide('features')), options)).rejects.toThrow(
    'The extractor gives 9,000 features; at most 8,192 can be compared.',
  );
  const found = await evaluateSet(wide('spatial'), against, options);
  expect(found.notes).toContainEqual(expect.stringContaining('There is no spatial Fréchet distance'));
  const asked = evaluateSet(wide('spatial'), against, { ...options, metrics: ['spatial'] });
  await expect(asked).rejects.toThrow('9,000 spatial features, and covariances have at most 8,192');
});

it('says where there are too few pictures', async () => {
  const few = { count: 5, width: 20, data: real.data.slice(0, 100) };
  const found = await evaluateSet(known(few), new Reference(known(real)), options);
  expect(found.notes).toEqual([expect.stringContaining('The pictures are 5, no more than the 20 features')]);
  expect(found.measured.map((m) => m.metric)).toEqual(['frechet', 'kernel', 'discrepancy']);
  await expect(
    evaluateSet(known(few), new Reference(known(real)), { ...options, metrics: ['recall'] }),
  ).rejects.toThrow('too few pictures for recall');
});
