import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { hasPyTorch } from '../../src/backends/pytorch/python';
import { readMetrics } from '../../src/train/metrics';
import { freePort } from '../support/free-port';
import { greyPictures } from '../support/pictures';
import { inFolder, specIn, weft } from '../support/weft';

const itPyTorch = hasPyTorch() ? it : it.skip;
const spec = join('test', 'cli', 'tiny.weft');
const two = ['--nodes', '2', '--rendezvous', '127.0.0.1:29500'];

it.each([
  [
    ['--engine', 'pytorch', '--nodes', '2'],
    '--nodes, --rendezvous and --rank belong together.',
    '--rendezvous HOST:PORT',
  ],
  [['--engine', 'pytorch', ...two, '--rank', '2'], '--rank 2 is none of 2 nodes.', 'Ranks go from 0 to 1.'],
  [[...two, '--rank', '0'], 'Several nodes train together on PyTorch alone.', 'Add --engine pytorch'],
  [
    ['--engine', 'pytorch', '--nodes', '2', '--rendezvous', 'here', '--rank', '0'],
    'Write it as HOST:PORT',
    '10.0.0.1:29500',
  ],
  [['--engine', 'pytorch', ...two, '--rank', '0', '--devices', '3'], 'by 6 devices', '--devices'],
])('refuses %j with a way out', async (options, what, wayOut) => {
  const { status, stderr } = await weft(['train', `${spec}#quick`, ...options]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(what)]);
  expect(stderr).toContain(wayOut);
});

it('trains the runs of a study on one machine', () =>
  inFolder(async (folder) => {
    specIn(folder, 'tiny-study.weft');
    const asked = ['train', 'tiny-study.weft#both', '--engine', 'pytorch', ...two, '--rank', '0'];
    const { status, stderr } = await weft(asked, { cwd: folder });
    expect([status, stderr]).toEqual([2, expect.stringContaining('The runs of a study train on one machine.')]);
  }));

itPyTorch('PyTorch: the same command on two nodes trains one run, whose folder node 0 has', () =>
  inFolder(async (folder) => {
    await greyPictures(folder);
    specIn(folder, 'tiny.weft');
    const place = `127.0.0.1:${await freePort()}`;
    const command = ['train', 'tiny.weft#quick', '--engine', 'pytorch', '--nodes', '2', '--rendezvous', place];
    const at = (rank: number, ...others: string[]) =>
      weft([...command, '--rank', `${rank}`, ...others], { cwd: folder });
    const [zero, one] = await Promise.all([at(0, '--out', 'run'), at(1)]);
    expect([zero.status, zero.stderr]).toEqual([0, expect.stringContaining('Node 1 has come.')]);
    expect([one.status, one.stderr]).toEqual([0, expect.stringContaining('The run is over.')]);
    expect((await readMetrics(join(folder, 'run', 'metrics.jsonl'))).map((m) => m.step)).toEqual([1, 2, 3, 4, 5, 6]);
  }),
);
