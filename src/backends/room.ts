/** How much memory there is for a backend on this machine. */
// Tested by test/train/room.test.ts.
import { totalmem } from 'node:os';
import { bestBackend } from './open';
import type { BackendName } from './session';
import type { Device } from './tensorflow/execution';
import { expectedDevice, isRuntimeLoaded } from './tensorflow/runtime';
import { gpuMemory } from '../setup/gpu-memory';

/** How many bytes a backend can hold, and how messages name the holder. */
export interface Room {
  readonly bytes: number;
  /** The start of a message, such as `this machine has`; the bytes follow. */
  readonly holder: string;
  /** The bytes there would be if nothing else ran there. */
  readonly alone?: number;
}

/** WebAssembly addresses have 32 bits. */
const wasmBytes = 4 * 2 ** 30;

/** The backend that will be used, and its room on the device that it will run on. */
export async function roomHere(
  backend: BackendName | 'auto',
): Promise<{ readonly chosen: BackendName; readonly room: Room | null }> {
  const chosen = backend === 'auto' ? await bestBackend() : backend;
  return { chosen, room: roomOf(chosen, chosen === 'tensorflow' ? expectedDevice() : 'cpu') };
}

/** The room of a backend on this machine; null if the driver of its GPU does not report it. */
export function roomOf(backend: BackendName, device: Device = 'cpu'): Room | null {
  if (backend === 'tfjs') return { bytes: wasmBytes, holder: 'the portable backend holds' };
  return device === 'gpu' ? roomOnGpu() : mainMemory();
}

function mainMemory(): Room {
  const limit = process.constrainedMemory();
  const isLimited = limit > 0 && limit < totalmem();
  return isLimited
    ? { bytes: limit, holder: 'this process may use' }
    : { bytes: totalmem(), holder: 'this machine has' };
}

function roomOnGpu(): Room | null {
  const memory = gpuMemory();
  if (memory === 'hidden') return mainMemory();
  if (!memory) return null;
  // TensorFlow gives memory that it already holds to whatever runs next.
  if (isRuntimeLoaded()) return { bytes: memory.total, holder: `${memory.name} has` };
  return { bytes: memory.free, holder: `the free memory of ${memory.name} is`, alone: memory.total };
}
