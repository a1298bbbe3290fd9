import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get, request } from 'node:http';
import { join } from 'node:path';
import { writeImageGrid } from '../../src/data/png';
import { runPaths, writeRunRecord, type RunRecord } from '../../src/train/run-folder';
import { serveRuns, type WatchServer } from '../../src/watch/server';
import { thinned, type WatchedRun } from '../../src/watch/runs';
import { suiteFolder } from '../support/folder';
import { shortRecipe } from '../support/recipe';

const folder = suiteFolder();
let server: WatchServer;

async function addRun(name: string, losses: readonly number[]): Promise<void> {
  const paths = runPaths(join(folder, name));
  mkdirSync(paths.grids, { recursive: true });
  const recipe = shortRecipe({ steps: 100 });
  const record: RunRecord = {
    weft: '0',
    spec: null,
    hyperparameters: {},
    recipe,
    sample: null,
    classes: [],
    digest: 'd',
  };
  await writeRunRecord(paths.folder, record);
  const lines = losses.map((loss, i) =>
    JSON.stringify({ step: i + 1, loss, gradNorm: 2, rate: 0.1, imagesPerSecond: i === 0 ? null : 50, seconds: 1 }),
  );
  writeFileSync(paths.metrics, `${lines.join('\n')}\n`);
  await writeImageGrid(paths.samplesAt(2), { shape: [1, 3, 2, 2], data: new Uint8Array(12) });
}

beforeAll(async () => {
  await addRun('first', [3, 2, 1]);
  await addRun('study/second', [4]);
  mkdirSync(join(folder, 'no-run'));
  server = await serveRuns(folder, 0);
});
afterAll(() => server.close());

function fetched(path: string, headers = {}): Promise<{ status?: number; type?: string; body: Buffer }> {
  return new Promise((resolve, reject) => {
    get(new URL(path, server.url), { headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          type: response.headers['content-type'],
          body: Buffer.concat(parts),
        }),
      );
    }).on('error', reject);
  });
}

it('gives a page that names no other host', async () => {
  const { status, type, body } = await fetched('/');
  expect([status, type]).toEqual([200, 'text/html; charset=utf-8']);
  const hosts = body.toString().match(/https?:\/\/[^'"/]*/g);
  // The name of SVG's elements is no request.
  expect(new Set(hosts)).toEqual(new Set(['http://www.w3.org']));
});

it('gives the runs below the folder, and new steps as they come', async () => {
  const runs = async () => JSON.parse((await fetched('/runs.json')).body.toString()) as WatchedRun[];
  const [first, second] = await runs();
  expect(first).toEqual({
    name: 'first',
    steps: 100,
    done: 3,
    curves: {
      loss: [
        [1, 3],
        [2, 2],
        [3, 1],
      ],
      'gradient norm': [
        [1, 2],
        [2, 2],
        [3, 2],
      ],
      'learning rate': [
        [1, 0.1],
        [2, 0.1],
        [3, 0.1],
      ],
      'images per second': [
        [2, 50],
        [3, 50],
      ],
    },
    grids: [2],
    warnings: [],
  });
  expect(second).toMatchObject({ name: 'study/second', done: 1 });
  await addRun('study/second', [4, 3, 2, 1]);
  expect((await runs())[1].done).toBe(4);
});

it('has a curve for each part of the time and for each named part of the loss', async () => {
  await addRun('parts', [2]);
  const { metrics } = runPaths(join(folder, 'parts'));
  const line = { step: 1, loss: 2, gradNorm: 2, rate: 0.1, imagesPerSecond: null, seconds: 1 };
  const lines = [
    { ...line, lossByTime: [3, null, 2, 1], parts: { flow: 0.5 } },
    { ...line, step: 2, lossByTime: [null, 4, 2, 1], parts: { flow: 0.4 } },
  ];
  writeFileSync(metrics, lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const runs = JSON.parse((await fetched('/runs.json')).body.toString()) as WatchedRun[];
  const { curves } = runs.find((run) => run.name === 'parts')!;
  expect(Object.keys(curves)).toEqual([
    'loss',
    'gradient norm',
    'learning rate',
    'flow',
    'loss at times of part 1 of 4, the smallest',
    'loss at times of part 2 of 4',
    'loss at times of part 3 of 4',
    'loss at times of part 4 of 4, the largest',
  ]);
  expect(curves.flow).toEqual([
    [1, 0.5],
    [2, 0.4],
  ]);
  expect(curves['loss at times of part 2 of 4']).toEqual([[2, 4]]);
});

it('says what is damaged in a run', async () => {
  await addRun('torn', [2, 1]);
  const { metrics } = runPaths(join(folder, 'torn'));
  writeFileSync(metrics, `{"step":1\n${readFileSync(metrics, 'utf8')}`);
  const runs = JSON.parse((await fetched('/runs.json')).body.toString()) as WatchedRun[];
  expect(runs.find((run) => run.name === 'torn')?.warnings).toEqual([`${metrics} is damaged: 1 line cannot be read.`]);
});

it('gives the grids of runs, and no other file', async () => {
  const { status, type, body } = await fetched('/grid.png?run=study/second&step=2');
  expect([status, type, body.subarray(1, 4).toString()]).toEqual([200, 'image/png', 'PNG']);
  for (const path of ['/grid.png?run=first&step=3', '/grid.png?run=..%2F..&step=2', '/first/run.json', '/%2e%2e/x'])
    expect((await fetched(path)).status).toBe(404);
});

it('answers to its own name alone, and to GET alone', async () => {
  expect((await fetched('/', { host: 'example.org' })).status).toBe(403);
  expect(new URL(server.url).hostname).toBe('127.0.0.1');
  const posted = await new Promise((resolve) =>
    request(server.url, { method: 'POST' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end(),
  );
  expect(posted).toBe(405);
});

it('says that a port is taken', async () => {
  await expect(serveRuns(folder, Number(new URL(server.url).port))).rejects.toThrow(
    /^Port \d+ cannot be opened: another/,
  );
});

it('thins long curves to means', () => {
  const points = Array.from({ length: 2000 }, (_, i) => [i + 1, i % 4] as const);
  expect(thinned(points)).toHaveLength(500);
  expect(thinned(points)[1]).toEqual([8, 1.5]);
  expect(thinned([])).toEqual([]);
});
