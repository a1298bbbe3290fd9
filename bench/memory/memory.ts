/** `npm run bench -- memory`: the memory that the report predicts for training steps beside what backends really hold. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isNativeAvailable } from '../../src/backends/tensorflow/session';
import { aligned, bytes } from '../../src/compiler/report/render';
import { packageRoot } from '../../src/files/package-root';
import { oneOf } from '../options';
import { caseModels, type MeasuredBackend, type MemoryCase } from './cases';
import type { Measured } from './measure';

type Row = MemoryCase & Measured & { readonly ratio: number };

/** Measures every case in a fresh process; exit status 1 where one is further off than the report claims (15 %). */
export async function benchMemory(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      backends: { type: 'string', default: isNativeAvailable() ? 'tensorflow,tfjs' : 'tfjs' },
      models: { type: 'string', default: Object.keys(caseModels).join(',') },
      json: { type: 'boolean', default: false },
    },
  });
  const backends = values.backends.split(',').map((b) => oneOf('--backends', b, ['tensorflow', 'tfjs'] as const));
  const names = values.models.split(',').map((m) => oneOf('--models', m, Object.keys(caseModels)));
  const rows = backends.flatMap((backend) =>
    names.flatMap((name) =>
      (['none', 'blocks'] as const).map((recompute) =>
        rowOf({ name, backend, recompute, batch: caseModels[name]!.batch[backend] }),
      ),
    ),
  );
  console.log(values.json ? JSON.stringify(rows, null, 2) : render(rows));
  if (rows.some((r) => Math.abs(r.ratio - 1) > 0.15)) process.exitCode = 1;
}

function rowOf(task: MemoryCase): Row {
  const root = packageRoot();
  const command = [
    join(root, 'scripts', 'run-ts.mjs'),
    join(root, 'bench', 'memory', 'worker.ts'),
    JSON.stringify(task),
  ];
  const { stdout, status } = spawnSync(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error(`measuring ${task.name} on ${task.backend} failed; its messages are above`);
  const found = JSON.parse(stdout.toString().trim().split('\n').at(-1)!) as Measured;
  return { ...task, ...found, ratio: found.predicted / found.measured };
}

function render(rows: readonly Row[]): string {
  const backend: { readonly [B in MeasuredBackend]: string } = { tensorflow: 'tensorflow, XLA', tfjs: 'tfjs, wasm' };
  const header = ['model', 'backend', 'recompute', 'batch', 'predicted', 'measured', 'ratio'];
  const cells = rows.map((r) => [
    r.name,
    backend[r.backend],
    r.recompute,
    `${r.batch}`,
    bytes(r.predicted),
    bytes(r.measured),
    r.ratio.toFixed(3),
  ]);
  return aligned([header, ...cells], 3).join('\n');
}
