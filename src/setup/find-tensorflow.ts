/** Finds a TensorFlow C library and its headers: named by the user, in an installed Python, or in the per-user cache. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheFolder } from '../files/cache';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { findPython, pythonTensorFlow } from './python';
import { askCommand } from './run-command';

export const libraryNames = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;
/** The release that the set-up downloads. */
export const tensorflowVersion = '2.21.0';
/** The oldest release whose operators, XLA and C interface Weft relies on. */
const oldest = [2, 16] as const;

export interface TensorFlowLibrary {
  /** Folder that holds both libraries and `include/`. */
  readonly folder: string;
  /** `2.21.0`, or `unknown` if only the library itself could tell. */
  readonly version: string;
  readonly source: 'environment' | 'python' | 'cache' | 'download';
  readonly cuda: boolean;
}

/** The first usable TensorFlow, in the order of the file's header; null when one must be downloaded. */
export function findTensorFlow(env: NodeJS.ProcessEnv = process.env, gpu = hasNvidiaGpu()): TensorFlowLibrary | null {
  return fromEnvironment(env) ?? fromPython(gpu) ?? fromCache(env, gpu);
}

/** True when an NVIDIA GPU is present. */
export function hasNvidiaGpu(): boolean {
  if (existsSync('/dev/nvidia0')) return true;
  const answer = askCommand('nvidia-smi', ['-L']);
  return answer.status === 0 && answer.stdout.includes('GPU');
}

/** The cache folder of a downloaded TensorFlow; `tensorflow/` inside it is the library folder. */
export function downloadFolder(cuda: boolean, env: NodeJS.ProcessEnv = process.env): string {
  const name = cuda ? `tensorflow-cuda-${tensorflowVersion}` : `tensorflow-cpu-${tensorflowVersion}`;
  return join(cacheFolder(env), `${name}-${process.platform}-${process.arch}`);
}

/** True when a folder has both libraries and the C headers. */
export function isLibraryFolder(folder: string): boolean {
  const header = join(folder, 'include', 'tensorflow', 'c', 'c_api.h');
  return libraryNames.every((name) => existsSync(join(folder, name))) && existsSync(header);
}

function fromEnvironment(env: NodeJS.ProcessEnv): TensorFlowLibrary | null {
  const named = env.WEFT_TENSORFLOW;
  if (!named) return null;
  const folder = resolve(named);
  if (!isLibraryFolder(folder)) {
    throw new WeftError(
      `WEFT_TENSORFLOW names ${folder}, which lacks ${libraryNames.join(', ')} or include/tensorflow/c/c_api.h.`,
      'Point it at the folder of an unpacked TensorFlow wheel (site-packages/tensorflow), or unset it.',
      3,
    );
  }
  return { folder, version: headerVersion(folder) ?? 'unknown', source: 'environment', cuda: mentionsCuda(folder) };
}

function fromPython(gpu: boolean): TensorFlowLibrary | null {
  const python = findPython();
  const found = python && pythonTensorFlow(python);
  if (!found || !isLibraryFolder(found.folder) || !isRecent(found.version)) return null;
  const cuda = mentionsCuda(found.folder);
  // A CPU build would leave the GPU unused; the download that follows gets the CUDA build.
  return gpu && !cuda ? null : { ...found, source: 'python', cuda };
}

function fromCache(env: NodeJS.ProcessEnv, gpu: boolean): TensorFlowLibrary | null {
  const folder = join(downloadFolder(gpu, env), 'tensorflow');
  return isLibraryFolder(folder) ? { folder, version: tensorflowVersion, source: 'cache', cuda: gpu } : null;
}

function isRecent(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major === oldest[0] && minor >= oldest[1];
}

/** CUDA builds carry the headers of their CUDA wheels next to the package. */
function mentionsCuda(folder: string): boolean {
  return existsSync(join(folder, '..', 'nvidia', 'cuda_runtime'));
}

function headerVersion(folder: string): string | null {
  const header = join(folder, 'include', 'tensorflow', 'core', 'public', 'version.h');
  if (!existsSync(header)) return null;
  const text = readFileSync(header, 'utf8');
  const parts = ['MAJOR', 'MINOR', 'PATCH'].map(
    (p) => text.match(new RegExp(`#define TF_${p}_VERSION\\s+(\\d+)`))?.[1],
  );
  return parts.every((p) => p !== undefined) ? parts.join('.') : null;
}
