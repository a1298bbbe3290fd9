import { expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MetricsLog, readMetrics, rewindMetrics, SpeedMeter, type TrainMetrics } from '../../src/train/metrics';
import { suiteFolder } from '../support/folder';

const path = join(suiteFolder(), 'metrics.jsonl');

const at = (step: number): TrainMetrics => ({
  step,
  loss: 1 / step,
  gradNorm: 1,
  rate: 1e-3,
  imagesPerSecond: step === 1 ? null : 10,
  seconds: 0.5,
});

async function logged(steps: number): Promise<string[]> {
  writeFileSync(path, '');
  const log = new MetricsLog(path);
  for (let step = 1; step <= steps; step++) await log.add(at(step));
  await log.sync();
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

it('reads what it wrote, and rewinds to a step', async () => {
  await logged(4);
  expect(await readMetrics(path)).toEqual([1, 2, 3, 4].map(at));
  const told: string[] = [];
  await rewindMetrics(path, 3, (message) => told.push(message));
  expect([await readMetrics(path), told]).toEqual([[1, 2, 3].map(at), []]);
});

it('leaves out lines that are damaged, and tells how many steps are lost when a run goes on', async () => {
  const lines = await logged(6);
  const damaged = [
    lines[0].slice(0, 9),
    lines[1].replace('0.5', '"0.5"'),
    lines[2].replace('"step":3', '"step":"3"'),
    'null',
    lines[3],
    lines[4].replace('"rate":0.001', '"rate":null'),
    lines[5],
  ];
  writeFileSync(path, damaged.join('\n'));
  const told: string[] = [];
  await rewindMetrics(path, 5, (message) => told.push(message));
  expect(await readMetrics(path)).toEqual([at(4)]);
  expect(told).toEqual([
    `${path} is damaged: 5 lines cannot be read.`,
    `${path} has lost 4 steps of 5, which the loss curve will not show.`,
  ]);
});

/** What becomes of six sound lines, the steps that are read, and what is said. */
const damages: { [what: string]: [(lines: string[]) => string, number[], string[]] } = {
  'lines that are there twice': [
    (lines) => `${[...lines, ...lines].join('\n')}\n`,
    [1, 2, 3, 4, 5, 6],
    ['is damaged: 6 lines of steps that have another, of which the last is taken; 1 line after those of later steps.'],
  ],
  'lines in another order': [
    ([a, b, c, d, e, f]) => `${[b, a, c, f, e, d].join('\n')}\n`,
    [1, 2, 3, 4, 5, 6],
    ['is damaged: 3 lines after those of later steps.'],
  ],
  'a line torn in the middle': [
    ([a, b, c]) => `${a}\n${b.slice(0, 20)}${c}\n`,
    [1],
    ['is damaged: 1 line cannot be read.'],
  ],
  'a line that is gone': [
    ([a, , c]) => `${a}\n${c}\n`,
    [1, 3],
    ['has lost 1 step of 3, which the loss curve will not show.'],
  ],
  'a flipped digit': [
    (lines) => `${lines.with(2, lines[2].replace('"rate":0.001', '"rate":0.003')).join('\n')}\n`,
    [1, 2, 4, 5, 6],
    ['is damaged: 1 line cannot be read.', 'has lost 1 step of 6, which the loss curve will not show.'],
  ],
  'a checksum whose name is damaged': [
    (lines) => `${lines.with(2, lines[2].replace('"sum"', '"sun"').replace('0.001', '0.003')).join('\n')}\n`,
    [1, 2, 4, 5, 6],
    ['is damaged: 1 line cannot be read.', 'has lost 1 step of 6, which the loss curve will not show.'],
  ],
  'lines of an earlier version, without checksums': [
    (lines) => lines.map((line) => `${line.replace(/,"sum".*/, '}')}\n`).join(''),
    [1, 2, 3, 4, 5, 6],
    [],
  ],
  'a last line that is being written': [([a, b]) => `${a}\n${b.slice(0, 20)}`, [1], []],
};

it.each(Object.entries(damages))('says what is wrong with a log of %s', async (_, [change, steps, problems]) => {
  const lines = (await logged(6)).slice(0, 6);
  writeFileSync(path, change(lines));
  const told: string[] = [];
  const read = await readMetrics(path, (message) => told.push(message));
  expect([read.map((m) => m.step), told]).toEqual([steps, problems.map((problem) => `${path} ${problem}`)]);
});

it('leaves out lines whose other fields are of a wrong kind or nested too deep', async () => {
  const line = JSON.stringify(at(1));
  const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
  for (const field of ['"lossByTime":"x"', '"rewound":5', `"x":${deep}`]) {
    writeFileSync(path, line.replace('"rate"', `${field},"rate"`));
    expect(await readMetrics(path)).toEqual([]);
  }
});

it('keeps a step whose other measures are not finite', async () => {
  const step = { ...at(1), validationLoss: NaN, parts: { near: 1, far: Infinity } };
  writeFileSync(path, `${JSON.stringify(step)}\n`);
  expect(await readMetrics(path)).toEqual([{ ...step, parts: { near: 1, far: NaN } }]);
});

it('has no metrics where there is no log', async () => expect(await readMetrics(`${path}.none`)).toEqual([]));

it('measures speed over the last steps, without the first', () => {
  const meter = new SpeedMeter();
  expect([9, 1, 3].map((seconds, i) => meter.next(seconds, 8 * i))).toEqual([null, 8, 6]);
});
