/** Free memory on the GPU that TensorFlow uses: the first one that CUDA shows it. */
import { askCommand } from './run-command';

/** A GPU as reported by `nvidia-smi`; sizes are in bytes. */
export interface GpuMemory {
  /** `GPU 0 (NVIDIA H200)`, with the number that `nvidia-smi` gives it. */
  readonly name: string;
  readonly free: number;
  readonly total: number;
}

/** `'hidden'` if CUDA_VISIBLE_DEVICES shows none, so that TensorFlow stays on the CPU; null if the driver does not report it. */
export function gpuMemory(env: NodeJS.ProcessEnv = process.env): GpuMemory | 'hidden' | null {
  const query = ['--query-gpu=index,uuid,memory.free,memory.total,name', '--format=csv,noheader,nounits'];
  const answer = askCommand('nvidia-smi', query);
  if (answer.status !== 0) return null;
  const gpus = answer.stdout.split('\n').flatMap((line) => readGpu(line) ?? []);
  const visible = env.CUDA_VISIBLE_DEVICES;
  if (visible === undefined) return ordered(gpus, env)[0] ?? null;
  const first = visible.split(',')[0].trim();
  if (first.startsWith('MIG-')) return null;
  const isHidden = !/^\d+$/.test(first) && !first.startsWith('GPU-');
  if (isHidden) return 'hidden';
  const found = first.startsWith('GPU-')
    ? gpus.find((gpu) => gpu.uuid.startsWith(first))
    : ordered(gpus, env)[Number(first)];
  return found ?? (gpus.length > 0 ? 'hidden' : null);
}

interface Gpu extends GpuMemory {
  readonly uuid: string;
  readonly kind: string;
}

/** Reads `0, GPU-5f…, 79000, 81559, NVIDIA H100`, memory in MiB; null for another line, or for a GPU that does not report its memory. */
function readGpu(line: string): Gpu | null {
  const [index, uuid, free, total, ...rest] = line.split(',').map((part) => part.trim());
  const kind = rest.join(', ');
  if (![index, free, total].every((number) => /^\d+$/.test(number ?? ''))) return null;
  return { uuid, kind, name: `GPU ${index} (${kind})`, free: Number(free) * 2 ** 20, total: Number(total) * 2 ** 20 };
}

/**
 * GPUs in CUDA's order. Unlike `nvidia-smi`, CUDA puts the fastest first unless CUDA_DEVICE_ORDER says otherwise. Which
 * one is fastest is not known here: if there are several kinds, the one with the most free memory is used for all.
 */
function ordered(gpus: readonly Gpu[], env: NodeJS.ProcessEnv): readonly Gpu[] {
  if (env.CUDA_DEVICE_ORDER === 'PCI_BUS_ID' || gpus.every(({ kind }) => kind === gpus[0].kind)) return gpus;
  const roomiest = gpus.reduce((most, gpu) => (gpu.free > most.free ? gpu : most));
  return gpus.map(() => roomiest);
}
