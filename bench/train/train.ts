/** `npm run bench -- train`: the same training step in Weft and in its peers, timed side by side. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { withTemporaryFolder } from '../../src/files/atomic';
import { differences, trainByTurns } from './compare';
import { oneOf } from '../options';
import { peerPrograms } from './peers';
import { modelSizes, settings, writeProblem } from './problem';
import type { PeerName, PeerTask, Precision } from './protocol';
import { renderTable } from './render';

const batches = 4;

/** Runs the comparison that the arguments ask for and prints it; exit status 1 when the peers did not do the same work. */
export async function benchTrain(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  const { steps, json, model, precision, threads, batchSize } = options;
  const reports = await withTemporaryFolder(async (folder) => {
    const problem = join(folder, 'problem.safetensors');
    await writeProblem(problem, modelSizes[model]!, batches, batchSize);
    const common = { problem, model: modelSizes[model]!, settings, batches, batchSize, precision, threads };
    return trainByTurns(
      options.peers.map((peer): PeerTask => ({ peer, ...common })),
      steps,
    );
  });
  const apart = differences(reports, precision);
  if (json) {
    console.log(
      JSON.stringify(
        { model: modelSizes[model], batchSize, precision, threads, settings, reports, differences: apart },
        null,
        2,
      ),
    );
  } else {
    const { size, patch } = modelSizes[model]!;
    const million = (reports[0]!.parameters / 1e6).toFixed(2);
    console.log(
      `PixelDiT of ${million} M parameters, ${size}x${size}, patch ${patch}, batch ${batchSize}, ${precision}, ${threads} threads`,
    );
    console.log(`${reports[0]!.timedSteps} timed steps of each, by turns\n`);
    console.log(renderTable(reports));
  }
  for (const line of apart) console.error(line);
  if (apart.length > 0) {
    console.error('The peers did not do the same work, so their times say nothing.');
    process.exitCode = 1;
  } else if (!json)
    console.log(`\nAll had the same ${reports[0]!.losses.length} losses, and moved their weights and averages as far.`);
}

interface Options {
  readonly steps: number;
  readonly model: string;
  readonly precision: Precision;
  readonly threads: number;
  readonly batchSize: number;
  readonly peers: readonly PeerName[];
  readonly json: boolean;
}

function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      steps: { type: 'string', default: '30' },
      model: { type: 'string', default: 'small' },
      precision: { type: 'string', default: 'f32' },
      threads: { type: 'string', default: '2' },
      batch: { type: 'string', default: '16' },
      peers: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const precision = oneOf('--precision', values.precision, ['f32', 'bf16'] as const);
  const able = (Object.keys(peerPrograms) as PeerName[]).filter((p) => peerPrograms[p].precisions.includes(precision));
  return {
    steps: count('--steps', values.steps),
    model: oneOf('--model', values.model, Object.keys(modelSizes)),
    precision,
    threads: count('--threads', values.threads),
    batchSize: count('--batch', values.batch),
    peers: values.peers === undefined ? able : values.peers.split(',').map((p) => oneOf('--peers', p, able)),
    json: values.json,
  };
}

function count(option: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new WeftError(`${option} "${value}" is no positive whole number.`, null, 2);
  return number;
}
