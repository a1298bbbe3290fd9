/** A run is the same on several machines, and outlives the loss of one. Here they are parts of this one, joined over loopback. */
import { expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Agreed } from '../../src/backends/pytorch/greeting';
import { Nodes } from '../../src/backends/pytorch/nodes';
import { hasPyTorch } from '../../src/backends/pytorch/python';
import { serveNode } from '../../src/backends/pytorch/serve-node';
import { withTemporaryFolder } from '../../src/files/atomic';
import { readMetrics } from '../../src/train/metrics';
import { train, type TrainEvent, type TrainOptions } from '../../src/train/train';
import { drawnBatches } from '../support/drawn-batches';
import { failureOf } from '../support/failure';
import { freePort } from '../support/free-port';
import { sharedRecipe } from '../support/recipe';
import { tinyModel } from '../support/tiny-model';

const itPyTorch = hasPyTorch() ? it : it.skip;
const model = tinyModel();
const recipe = sharedRecipe(12);
const data = drawnBatches(recipe.batch);
const agreed: Agreed = { weft: '0.1.0', digests: { batch: 'a', seed: 'b' }, nodes: 2, devices: 2 };

async function freePlace(): Promise<{ host: string; port: number }> {
  return { host: '127.0.0.1', port: await freePort() };
}

async function losses(options: Partial<TrainOptions>): Promise<number[]> {
  const found: number[] = [];
  const how = { data, backend: 'pytorch', threads: 1, ...options } as const;
  for await (const m of train(model, recipe, how)) found[m.step - 1] = m.loss;
  return found;
}

function expectSame(a: readonly number[], b: readonly number[]): void {
  expect(b).toHaveLength(a.length);
  a.forEach((x, i) => expect(Math.abs(b[i] / x - 1)).toBeLessThan(1e-5));
}

itPyTorch(
  'PyTorch: trains the same on two nodes; if one is lost and comes back, goes on from the last checkpoint',
  () =>
    withTemporaryFolder(async (folder) => {
      const alone = await losses({});
      const at = await freePlace();
      const notes: string[] = [];
      const onNote = (text: string): void => void notes.push(text);
      const nodes = await Nodes.open({ at, agreed, onNote });
      const leaving = new AbortController();
      const lend = (signal?: AbortSignal): Promise<void> => serveNode({ at, agreed, node: 1, threads: 1, signal });
      const first = lend(leaving.signal);
      let again: Promise<void> = Promise.resolve();
      const out = join(folder, 'run');
      const events: TrainEvent[] = [];
      const onEvent = (event: TrainEvent): void => void events.push(event);
      const how = { data, out, backend: 'pytorch', threads: 1, devices: 4, nodes, onEvent } as const;
      let isGone = false;
      for await (const { step } of train(model, recipe, how)) {
        if (step !== 7 || isGone) continue;
        isGone = true;
        leaving.abort();
        await first;
        again = lend();
      }
      nodes.end('done');
      await again;
      const restarts = events.flatMap((e) => (e.kind === 'restarting' ? [e.message] : []));
      expect(restarts).toEqual([
        expect.stringMatching(/of node 1 ended[^]*Starting again from the checkpoint of step 5 \(1 of at most 3/),
      ]);
      expect(notes.filter((note) => note === 'Node 1 has come.')).toHaveLength(2);
      const metrics = await readMetrics(join(out, 'metrics.jsonl'));
      expectSame(
        alone,
        metrics.map((m) => m.loss),
      );
    }),
);

itPyTorch('PyTorch: ends a wait for a lost node when it is interrupted, at the last checkpoint', () =>
  withTemporaryFolder(async (folder) => {
    const at = await freePlace();
    const [leaving, stopping] = [new AbortController(), new AbortController()];
    let isLost = false;
    const onNote = (text: string): void => {
      if (isLost && text.startsWith('Waiting for node 1')) stopping.abort();
    };
    const nodes = await Nodes.open({ at, agreed, waitMs: 60_000, signal: stopping.signal, onNote });
    const other = serveNode({ at, agreed, node: 1, threads: 1, signal: leaving.signal });
    const events: TrainEvent[] = [];
    const onEvent = (event: TrainEvent): void => void events.push(event);
    const how = { data, backend: 'pytorch', threads: 1, devices: 4, nodes, signal: stopping.signal, onEvent } as const;
    for await (const { step } of train(model, recipe, { ...how, out: join(folder, 'run') })) {
      if (step !== 7) continue;
      isLost = true;
      leaving.abort();
      await other;
    }
    nodes.end('done');
    expect(events.at(-1)).toEqual({ kind: 'interrupted', step: 5 });
  }),
);

it('refuses nodes that disagree, each with what differs', async () => {
  const at = await freePlace();
  const nodes = await Nodes.open({ at, agreed, waitMs: 200 });
  const join = (changes: Partial<Agreed>, node = 1): Promise<string> =>
    failureOf(() => serveNode({ at, agreed: { ...agreed, ...changes }, node }));
  try {
    expect(await join({ digests: { batch: 'a', seed: 'c', ema: 'd' } })).toMatch(
      /Node 0 refuses this node: It differs from node 0 in seed, ema\. Give every node the same spec/,
    );
    expect(await join({ weft: '9.9.9' })).toMatch(/It has Weft 9\.9\.9, and node 0 has 0\.1\.0/);
    expect(await join({ nodes: 3 })).toMatch(/--nodes 3, and node 0 --nodes 2/);
    expect(await join({ devices: 1 })).toMatch(/--devices 1, and node 0 --devices 2/);
    expect(await join({}, 2)).toMatch(/Its --rank is 2; beside node 0 there are ranks 1 to 1/);
    const leaving = new AbortController();
    const first = serveNode({ at, agreed, node: 1, signal: leaving.signal });
    await until(async () => /There is a node of --rank 1 already/.test(await join({})));
    leaving.abort();
    await first;
  } finally {
    nodes.end('done');
  }
});

it('answers strangers at the rendezvous, and nodes that find none', async () => {
  const at = await freePlace();
  expect(await failureOf(() => serveNode({ at, agreed, node: 1, waitMs: 0 }))).toMatch(
    /Node 0 cannot be reached at 127\.0\.0\.1:\d+:[^]*Start the node of --rank 0/,
  );
  const nodes = await Nodes.open({ at, agreed, waitMs: 100 });
  try {
    expect(await failureOf(() => Nodes.open({ at, agreed }))).toMatch(/is in use\.[^]*another port/);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(at, () => void socket.write('GET / HTTP/1.1\r\n\r\n'));
      socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('close', () => resolve(text));
    });
    expect(answer).toContain('This is the rendezvous of a run of Weft.');
    expect(await failureOf(() => nodes.start())).toMatch(/Node 1 did not come within 0 s\./);
  } finally {
    nodes.end('failed');
  }
  const elsewhere = { host: '192.0.2.1', port: at.port };
  expect(await failureOf(() => Nodes.open({ at: elsewhere, agreed }))).toMatch(/is no address of this machine/);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 50; i++) if (await holds()) return;
  throw new Error('it never held');
}
