/** Checks which parts of the environment Weft can use, what is missing, and how to fix it. Reads files and short command outputs, and tries the cache. */
import { messageOf } from '../files/file-error';
import { existsSync, mkdtempSync, readFileSync, rmdirSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, cpus, freemem, platform, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { findPyTorch, leastTorch } from '../backends/pytorch/python';
import { cacheFolder } from '../files/cache';
import { findCompiler } from './build-binding';
import { hasNvidiaGpu } from './find-tensorflow';
import { nativeState, type NativeState } from './native';
import { packageFolder, packageVersion } from './paths';
import { findPython } from './python';
import { askCommand } from './run-command';

/** `ok`: found. `missing`: Weft needs it for a feature that it promises. `optional`: not found, but not needed. */
export type Status = 'ok' | 'missing' | 'optional';

export interface Finding {
  readonly name: string;
  readonly status: Status;
  /** What was found, or what follows if it is absent. */
  readonly detail: string;
  /** How to fix it; null if nothing needs to be done. */
  readonly fix: string | null;
}

export interface DoctorReport {
  /** The backend that `auto` chooses. */
  readonly backend: 'tensorflow' | 'tfjs';
  readonly findings: readonly Finding[];
}

/** Checks everything. If one check fails to run, that is reported and the others still run. */
export function diagnoseEnvironment(env: NodeJS.ProcessEnv = process.env): DoctorReport {
  const native = nativeState();
  const examinations: { readonly [name: string]: () => Omit<Finding, 'name'> } = {
    node: examineNode,
    tensorflow: () => examineTensorFlow(native),
    binding: () => examineBinding(native),
    cpu: examineCpu,
    threads: () => ok(String(availableParallelism())),
    memory: examineMemory,
    gpu: () => examineGpu(native),
    'onnxruntime-node': examineOnnxRuntime,
    sharp: examineSharp,
    python: examinePython,
    pytorch: () => examinePyTorch(env),
    'c++ compiler': () => examineCompiler(env),
    cache: () => examineCache(env),
  };
  const findings = Object.entries(examinations).map(([name, examine]) => ({ name, ...safely(examine) }));
  return { backend: native.kind === 'ready' ? 'tensorflow' : 'tfjs', findings };
}

function examineNode(): Omit<Finding, 'name'> {
  const major = Number(process.versions.node.split('.')[0]);
  const detail = `${process.version} on ${platform()} ${arch()}`;
  return major >= 20 ? ok(detail) : missing(detail, 'Install Node 20 or later.');
}

function examineTensorFlow(native: NativeState): Omit<Finding, 'name'> {
  if (native.kind === 'absent')
    return optional(`${native.reason}; the portable backend (tfjs on wasm) is used`, setupFix(native));
  if (!native.record) return ok('from an installer other than `weft setup`');
  const { version, tensorflow, source, cuda } = native.record;
  return ok(`${version}${cuda ? ' with CUDA' : ''}, ${tensorflow} (${sourceWords[source]})`);
}

const sourceWords = {
  environment: 'named by WEFT_TENSORFLOW',
  python: 'of the installed Python',
  cache: 'in the cache',
  download: 'downloaded',
} as const;

function examineBinding(native: NativeState): Omit<Finding, 'name'> {
  if (native.kind === 'absent') return optional(native.reason, setupFix(native));
  return ok(`@tensorflow/tfjs-node-gpu ${packageVersion('@tensorflow/tfjs-node-gpu')}, ${native.binding}`);
}

function setupFix(native: Extract<NativeState, { kind: 'absent' }>): string {
  return native.reason.includes('WEFT_PORTABLE') ? 'Unset WEFT_PORTABLE to use it.' : 'Run `weft setup`.';
}

/** The CPU instructions that decide the speed of matrix products. */
export function cpuFeatures(cpuinfo: string): string[] {
  const flags = new Set(/^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1].split(/\s+/));
  const groups = {
    avx2: 'avx2',
    avx512: 'avx512f',
    'avx512-bf16': 'avx512_bf16',
    amx: 'amx_tile',
    'amx-bf16': 'amx_bf16',
    neon: 'asimd',
  };
  return Object.entries(groups).flatMap(([name, flag]) => (flags.has(flag) ? [name] : []));
}

function examineCpu(): Omit<Finding, 'name'> {
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  const features = existsSync('/proc/cpuinfo') ? cpuFeatures(readFileSync('/proc/cpuinfo', 'utf8')) : [];
  return ok(features.length > 0 ? `${model} (${features.join(', ')})` : model);
}

function examineMemory(): Omit<Finding, 'name'> {
  const limit = process.constrainedMemory?.() ?? 0;
  const total = limit > 0 && limit < totalmem() ? limit : totalmem();
  return ok(`${gigabytes(total)} GB, ${gigabytes(Math.min(freemem(), total))} GB free`);
}

function examineGpu(native: NativeState): Omit<Finding, 'name'> {
  if (!hasNvidiaGpu()) return optional('no NVIDIA GPU', null);
  const answer = askCommand('nvidia-smi', ['--query-gpu=name,memory.total', '--format=csv,noheader']);
  const detail = answer.status === 0 ? answer.stdout.trim().split('\n').join('; ') : 'NVIDIA GPU';
  const record = native.kind === 'ready' ? native.record : null;
  if (record?.gpu) return ok(detail);
  return record?.cuda
    ? missing(`${detail}, but TensorFlow did not see it`, 'Update the NVIDIA driver, then run `weft setup` again.')
    : missing(`${detail}, but the installed TensorFlow has no CUDA`, 'Run `weft setup` on this machine.');
}

function examineOnnxRuntime(): Omit<Finding, 'name'> {
  const folder = packageFolder('onnxruntime-node');
  if (!folder)
    return optional('not here yet; fetched when an ONNX file is first run', 'Run `weft setup` to have it now.');
  const binary = ['napi-v3', 'napi-v6'].some((v) =>
    existsSync(join(folder, 'bin', v, platform(), arch(), 'onnxruntime_binding.node')),
  );
  const version = packageVersion('onnxruntime-node');
  return binary
    ? ok(`${version}`)
    : missing(`${version} has no binary for ${platform()} ${arch()}`, 'Use a platform it supports.');
}

function examineSharp(): Omit<Finding, 'name'> {
  const folder = packageFolder('sharp');
  if (!folder) return missing('not installed; images cannot be read or written', 'Run npm ci.');
  const modules = dirname(folder);
  const names = [`sharp-${platform()}-${arch()}`, `sharp-linuxmusl-${arch()}`, 'sharp-wasm32'];
  const binary = names.find((name) => existsSync(join(modules, '@img', name)));
  if (binary) return ok(`${packageVersion('sharp')}`);
  return missing(
    `${packageVersion('sharp')} has no binary for ${platform()} ${arch()}`,
    'Run npm ci with optional dependencies.',
  );
}

function examinePython(): Omit<Finding, 'name'> {
  const python = findPython();
  if (!python) return optional('not found; `weft setup` downloads TensorFlow with it', 'Install Python 3 with pip.');
  if (!python.pip)
    return optional(`${python.version} without pip; \`weft setup\` downloads TensorFlow with it`, 'Install pip.');
  return ok(`${python.version} with pip`);
}

function examinePyTorch(env: NodeJS.ProcessEnv): Omit<Finding, 'name'> {
  const found = findPyTorch(env);
  if (found.kind === 'fit') return ok(`${found.torch}, of ${found.program}`);
  const what = found.kind === 'old torch' ? `${found.torch} is older than ${leastTorch}` : 'not found';
  const fix = env.WEFT_PYTHON
    ? 'Name a Python that has PyTorch with WEFT_PYTHON, or unset it and run `weft setup --pytorch`.'
    : 'Run `weft setup --pytorch`.';
  return optional(`${what}; only \`--engine pytorch\` needs it`, fix);
}

function examineCompiler(env: NodeJS.ProcessEnv): Omit<Finding, 'name'> {
  const compiler = findCompiler(env);
  return compiler
    ? ok(compiler.version)
    : optional('not found; `weft setup` builds the binding with it', 'Install g++, or name a compiler with CXX.');
}

function examineCache(env: NodeJS.ProcessEnv): Omit<Finding, 'name'> {
  const folder = cacheFolder(env);
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  const problem = writeProblem(at);
  if (problem !== null)
    return missing(
      `${folder} cannot be written: ${problem}; pictures and features are kept there`,
      'Make it writable, or set XDG_CACHE_HOME to a folder that is.',
    );
  const { bavail, bsize } = statfsSync(at);
  const free = bavail * bsize;
  const detail = `${folder}, ${gigabytes(free)} GB free`;
  if (existsSync(folder)) return ok(detail);
  const needed = hasNvidiaGpu() ? 7 : 3;
  return free > needed * 1e9
    ? ok(detail)
    : optional(detail, `Setting TensorFlow up takes ${needed} GB; free some space or set XDG_CACHE_HOME.`);
}

/** The reason why nothing can be made in a folder; null if something can. A try finds what permissions do not say, such as a full disk. */
function writeProblem(folder: string): string | null {
  try {
    rmdirSync(mkdtempSync(join(folder, '.weft-doctor-')));
    return null;
  } catch (e) {
    return messageOf(e);
  }
}

function ok(detail: string): Omit<Finding, 'name'> {
  return { status: 'ok', detail, fix: null };
}

function missing(detail: string, fix: string): Omit<Finding, 'name'> {
  return { status: 'missing', detail, fix };
}

function optional(detail: string, fix: string | null): Omit<Finding, 'name'> {
  return { status: 'optional', detail, fix };
}

function safely(examine: () => Omit<Finding, 'name'>): Omit<Finding, 'name'> {
  try {
    return examine();
  } catch (e) {
    return optional(`could not be examined: ${messageOf(e)}`, null);
  }
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
