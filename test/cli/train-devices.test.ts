import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { hasPyTorch } from '../../src/backends/pytorch/python';
import { readMetrics } from '../../src/train/metrics';
import { greyPictures } from '../support/pictures';
import { inFolder, specIn, weft } from '../support/weft';

const itPyTorch = hasPyTorch() ? it : it.skip;
const spec = join('test', 'cli', 'tiny.weft');

it.each([
  [['--devices', '2'], '2 devices train together on PyTorch alone.', 'Add --engine pytorch'],
  [
    ['--devices', '2', '--backend', 'tfjs'],
    'The tfjs backend trains on one device',
    'Add --engine pytorch in place of tfjs',
  ],
  [
    ['--engine', 'pytorch', '--backend', 'tfjs'],
    '--engine pytorch and --backend tfjs name two engines.',
    'Leave one of them out.',
  ],
  [
    ['--engine', 'pytorch', '--devices', '3'],
    'A batch of 4 images cannot be shared evenly by 3 devices.',
    'Try --devices 2 or 4',
  ],
])('refuses %j with a way out', async (options, what, wayOut) => {
  const { status, stderr } = await weft(['train', `${spec}#quick`, ...options]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(what)]);
  expect(stderr).toContain(wayOut);
});

it('shares the batches of a study too', () =>
  inFolder(async (folder) => {
    specIn(folder, 'tiny-study.weft');
    const shared = ['train', 'tiny-study.weft#both', '--engine', 'pytorch', '--devices', '3'];
    const { status, stderr } = await weft(shared, { cwd: folder });
    expect([status, stderr]).toEqual([2, expect.stringContaining('A batch of 4 images cannot be shared evenly')]);
  }));

it('says how to get PyTorch before anything is read', async () => {
  const env = { WEFT_PYTHON: '/nowhere/python' };
  const { status, stderr } = await weft(['train', `${spec}#quick`, '--engine', 'pytorch', '--devices', '2'], { env });
  expect(status).toBe(3);
  expect(stderr).toMatch(
    /no Python: \/nowhere\/python, which WEFT_PYTHON names, does not start\.[^]*weft setup --pytorch/,
  );
});

itPyTorch('PyTorch: one command trains on several devices; Ctrl-C saves, and it goes on on another number', () =>
  inFolder(async (folder) => {
    await greyPictures(folder);
    specIn(folder, 'tiny.weft');
    const steps = async (): Promise<number[]> =>
      (await readMetrics(join(folder, 'run', 'metrics.jsonl'))).map((m) => m.step);
    let stopped = false;
    const first = ['train', 'tiny.weft#long', '--engine', 'pytorch', '--devices', '2', '--out', 'run'];
    const interrupted = await weft(first, {
      cwd: folder,
      onStderr: (text, signal) => {
        if (!stopped && text.includes('First step done')) signal('SIGINT');
        stopped ||= text.includes('First step done');
      },
    });
    expect([interrupted.status, interrupted.stderr]).toEqual([130, expect.stringContaining('Stopped after step')]);
    const end = (await steps()).length + 2;
    const rest = ['train', '--resume', '--out', 'run', '--devices', '4', '--engine', 'pytorch', '--steps', String(end)];
    const resumed = await weft(rest, { cwd: folder });
    expect([resumed.status, resumed.stdout]).toEqual([0, expect.stringContaining('run/weights.safetensors')]);
    expect(await steps()).toEqual(Array.from({ length: end }, (_, i) => i + 1));
  }),
);
