/** Makes a machine seem to have an NVIDIA GPU: an `nvidia-smi` that names one, first on the path. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Runs `work` beside a GPU that is not there. */
export async function withStubGpu<T>(work: () => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-gpu-'));
  const program = join(folder, 'nvidia-smi');
  writeFileSync(program, '#!/bin/sh\ncase "$1" in -L) echo "GPU 0: Stub GPU" ;; *) echo "Stub GPU" ;; esac\n');
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
