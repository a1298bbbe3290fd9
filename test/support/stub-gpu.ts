/** Makes a machine seem to have NVIDIA GPUs: an `nvidia-smi` that names them, first on the path. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface StubGpu {
  readonly name?: string;
  readonly uuid?: string;
  /** MiB. */
  readonly free?: number | string;
  readonly total?: number | string;
}

/** Runs `work` beside GPUs that are not there; one of 80 GiB by default. */
export async function withStubGpu<T>(work: () => T | Promise<T>, gpus: readonly StubGpu[] = [{}]): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-gpu-'));
  const program = join(folder, 'nvidia-smi');
  writeFileSync(program, script(gpus));
  chmodSync(program, 0o755);
  const before = process.env.PATH;
  process.env.PATH = [folder, before].join(delimiter);
  try {
    return await work();
  } finally {
    process.env.PATH = before;
    rmSync(folder, { recursive: true, force: true });
  }
}

function script(gpus: readonly StubGpu[]): string {
  const names = gpus.map(({ name = 'Stub GPU' }) => name);
  const memory = gpus.map(({ name = 'Stub GPU', uuid = 'GPU-00', free = 80 * 1024, total = 80 * 1024 }, i) =>
    [i, uuid, free, total, name].join(', '),
  );
  const say = (lines: readonly string[]): string => `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')}`;
  return [
    '#!/bin/sh',
    'case "$1" in',
    `  -L) ${say(names.map((name, i) => `GPU ${i}: ${name}`))} ;;`,
    `  --query-gpu=name,memory.total) ${say(names)} ;;`,
    `  --query-gpu=index,uuid,memory.free,memory.total,name) ${say(memory)} ;;`,
    '  *) exit 6 ;;',
    'esac\n',
  ].join('\n');
}
