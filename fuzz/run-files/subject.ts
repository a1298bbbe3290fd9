/** The run that campaigns kill and damage: a model of a few thousand weights, trained on small pictures, saved after every step. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { packageRoot } from '../../src/files/package-root';
import { readMetrics } from '../../src/train/metrics';
import { runPaths } from '../../src/train/run-folder';

export const steps = 30;

const spec = `
model Tiny() {
  input noisy: image(8x8)
  input time:  scalar
  let h = silu(linear(noisy, 96) @in)
  output velocity: image(8x8) = linear(h, 8) @out * time
}

train t of Tiny {
  data       = folder("pictures")
  objective  = rectified_flow(time: uniform())
  optimizer  = adamw(rate: 1e-3)
  clip       = norm(1)
  ema        = 0.9
  batch      = 4
  steps      = ${steps}
  checkpoint = 1
}

sample s of Tiny { solver = euler(steps: 2) }
`;

/** Puts the spec and its pictures into a folder; gives the spec's path. */
export async function makeSubject(folder: string): Promise<string> {
  for (const [label, red] of [
    ['cold', 20],
    ['warm', 220],
  ] as const) {
    mkdirSync(join(folder, 'pictures', label), { recursive: true });
    for (let i = 0; i < 3; i++) {
      const background = { r: red, g: 80 * i, b: 255 - red };
      const picture = sharp({ create: { width: 8, height: 8, channels: 3, background } });
      await picture.png().toFile(join(folder, 'pictures', label, `${i}.png`));
    }
  }
  const path = join(folder, 'subject.weft');
  writeFileSync(path, spec);
  return path;
}

/** `weft train` in a process of its own, from the beginning or with `--resume`; what it says goes to `text`. */
export interface Training {
  readonly child: ChildProcess;
  /** What it has said so far. */
  text(): string;
  /** The status it left with, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** What a run trains on: a name, and the arguments of `weft train` that choose it. */
export interface Engine {
  readonly name: string;
  readonly args: readonly string[];
}

export function startTraining(spec: string, out: string, { args: engine }: Engine, resume: boolean): Training {
  const target = resume ? ['--resume'] : [spec];
  const args = [join(packageRoot(), 'bin', 'weft.js'), 'train', ...target, '--out', out, ...engine];
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | NodeJS.Signals | null>((done) =>
    child.on('close', (status, signal) => done(signal ?? status)),
  );
  return { child, text: () => said, ended };
}

/** What a finished run leaves that must not depend on how often it was stopped. */
export interface Traces {
  readonly steps: readonly (readonly number[])[];
  readonly weights: Buffer;
  readonly averages: Buffer;
}

export async function tracesOf(folder: string): Promise<Traces> {
  const { metrics, weights, ema } = runPaths(folder);
  const lines = await readMetrics(metrics);
  return {
    steps: lines.map(({ step, loss, gradNorm, rate }) => [step, loss, gradNorm, rate]),
    weights: numbersIn(weights),
    averages: numbersIn(ema),
  };
}

/** The bytes after the header of a safetensors file, which names the run. */
function numbersIn(path: string): Buffer {
  const bytes = readFileSync(path);
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}

/** What two runs do not share; null where they are the same to the last bit. */
export function differenceOf(found: Traces, expected: Traces): string | null {
  if (JSON.stringify(found.steps) !== JSON.stringify(expected.steps)) return 'the metrics';
  if (!found.weights.equals(expected.weights)) return 'the weights';
  return found.averages.equals(expected.averages) ? null : 'the averaged weights';
}
