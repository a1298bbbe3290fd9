/** Sets up the native TensorFlow backend: finds or downloads the library, builds the binding, tests it. */
import { messageOf } from '../files/file-error';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from '../files/cache';
import { makeCacheFolder } from '../files/cache-folder';
import { buildBinding, installBinding, removeBinding } from './build-binding';
import { downloadTensorFlow } from './download-tensorflow';
import { fetchPackage } from './fetch-package';
import { findTensorFlow, hasNvidiaGpu, type TensorFlowLibrary } from './find-tensorflow';
import { withLock } from './lock';
import { isPortableForced } from './native';
import { bindingPath, packageFolder } from './paths';
import { silentProgress, type SetupProgress } from './progress';
import { findPython } from './python';
import { failureLine, runCommand } from './run-command';
import { shimScript } from './node-shims';
import { verifyBinding } from './verify-binding';

export interface SetupOptions {
  readonly progress?: SetupProgress;
  readonly env?: NodeJS.ProcessEnv;
  /** False: use only what is on this machine, and download nothing. */
  readonly download?: boolean;
}

export interface SetupReport {
  /** The backend that Weft will run on. `portable` is acceptable: it is slower, but needs no installation. */
  readonly backend: 'tensorflow' | 'portable';
  /** The version that TensorFlow reports; null for the portable backend. */
  readonly version: string | null;
  readonly library: TensorFlowLibrary | null;
  readonly binding: string | null;
  readonly gpu: boolean;
  /** Whether the binding was compiled now. */
  readonly compiled: boolean;
  readonly seconds: number;
  /** Why each failed attempt did not work, in order. */
  readonly notes: readonly string[];
}

/** A set-up in progress: the request, the progress reports, and the reasons why attempts failed. */
interface SetupRun {
  readonly options: SetupOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: SetupProgress;
  readonly notes: string[];
}

/** Runs the set-up; repeated or simultaneous runs are safe and quick. Throws only if WEFT_TENSORFLOW is wrong. */
export async function runSetup(options: SetupOptions = {}): Promise<SetupReport> {
  const env = options.env ?? process.env;
  const progress = options.progress ?? silentProgress;
  const started = Date.now();
  const notes: string[] = [];
  const run = { options, env, progress, notes };
  const finish = (part: Partial<SetupReport>): SetupReport => ({
    backend: 'portable',
    version: null,
    library: null,
    binding: null,
    gpu: false,
    compiled: false,
    seconds: (Date.now() - started) / 1000,
    notes,
    ...part,
  });
  await obtainPackage('onnxruntime-node', 'ONNX Runtime', run);
  if (isPortableForced(env)) notes.push('WEFT_PORTABLE is set');
  if (isPortableForced(env)) return finish({});
  await makeCacheFolder(cacheFolder(env));
  const folder = await obtainPackage('@tensorflow/tfjs-node-gpu', 'The binding to TensorFlow', run);
  if (!folder) return finish({});
  const waiting = () => progress.step('Another set-up is at work; waiting for it');
  return withLock(
    cacheFolder(env),
    'setup.lock',
    async () => {
      const own = await setUpFromLibrary(folder, run);
      return finish(own ?? (await setUpFromStockScript(folder, run)) ?? {});
    },
    waiting,
  );
}

/** A package's folder, downloaded if that is allowed; null, with a note, if it is not available. */
async function obtainPackage(
  name: string,
  what: string,
  { options, progress, notes }: SetupRun,
): Promise<string | null> {
  const found = packageFolder(name);
  if (found) return found;
  if (options.download === false) {
    notes.push(`the package ${name} is not on this machine, and downloading is off`);
    return null;
  }
  try {
    return await fetchPackage(name, what, progress);
  } catch (e) {
    notes.push(messageOf(e));
    return null;
  }
}

async function setUpFromLibrary(folder: string, run: SetupRun): Promise<Partial<SetupReport> | null> {
  const { env, progress, notes } = run;
  if (process.platform !== 'linux') {
    notes.push(`TensorFlow's C library is taken from Linux wheels only; this is ${process.platform}`);
    return null;
  }
  const library = await obtainLibrary(run);
  if (!library) return null;
  try {
    progress.step(`Using TensorFlow ${library.version} at ${library.folder}; building the binding`);
    const built = await buildBinding(folder, library, env);
    const { source, cuda } = library;
    const untried = { tensorflow: library.folder, version: library.version, source, cuda, inputs: built.inputs };
    installBinding(folder, built, { ...untried, gpu: false });
    progress.step(built.compiled ? 'Binding compiled; trying it' : 'Binding was compiled before; trying it');
    const trial = await verifyBinding();
    if (trial.ok) {
      const { version, gpu } = trial;
      installBinding(folder, built, { ...untried, version, gpu });
      if (cuda && !gpu && hasNvidiaGpu()) notes.push(`TensorFlow does not see the GPU (${trial.complaint}); ${gpuFix}`);
      return {
        backend: 'tensorflow',
        version,
        library: { ...library, version },
        binding: bindingPath(folder),
        gpu,
        compiled: built.compiled,
      };
    }
    removeBinding(folder);
    notes.push(`the binding was built, but failed its trial: ${trial.reason}`);
  } catch (e) {
    notes.push(messageOf(e));
  }
  return null;
}

/** The fix if a driver is too old for TensorFlow's CUDA. */
const gpuFix = 'update the NVIDIA driver and run `weft setup` again: until then all runs on the CPU';

/** The CUDA build if there is a GPU. If it is not available, a CPU build that is already here. */
async function obtainLibrary(run: SetupRun): Promise<TensorFlowLibrary | null> {
  const gpu = hasNvidiaGpu();
  return (await obtainBuild(gpu, run)) ?? (gpu ? findTensorFlow(run.env, false) : null);
}

async function obtainBuild(
  gpu: boolean,
  { options, env, progress, notes }: SetupRun,
): Promise<TensorFlowLibrary | null> {
  const found = findTensorFlow(env, gpu);
  if (found) return found;
  if (options.download === false) {
    notes.push(`no TensorFlow${gpu ? ' with CUDA' : ''} on this machine, and downloading is off`);
    return null;
  }
  const python = findPython();
  if (!python?.pip) {
    notes.push(python ? `${python.program} has no pip` : 'no Python 3 to download TensorFlow with');
    return null;
  }
  try {
    return await downloadTensorFlow(python, gpu, progress, env);
  } catch (e) {
    notes.push(messageOf(e));
    return null;
  }
}

/** The package's own installer: it gets an older TensorFlow, from a host that closed networks do not reach. */
async function setUpFromStockScript(
  folder: string,
  { options, progress, notes }: SetupRun,
): Promise<Partial<SetupReport> | null> {
  const installed = await tryInstalled(folder);
  if (installed || options.download === false) return installed;
  progress.step("Trying tfjs-node-gpu's own installer");
  const flavour = hasNvidiaGpu() ? 'gpu' : 'cpu';
  const script = `${shimScript}process.argv = [process.execPath, 'install.js', '${flavour}', 'download']; require('./scripts/install.js');`;
  // The installer calls node-pre-gyp by name, which npm makes possible with this PATH.
  const path = [join(folder, '..', '..', '.bin'), process.env.PATH].join(delimiter);
  const result = await runCommand(process.execPath, ['-e', script], {
    cwd: folder,
    env: { PATH: path },
    timeoutMs: 900_000,
  });
  const found = await tryInstalled(folder);
  if (!found)
    notes.push(`tfjs-node-gpu's own installer failed: ${failureLine(result) || 'it left no binding that works'}`);
  return found;
}

/** An installed binding from any source, if it works; one that does not work is removed. */
async function tryInstalled(folder: string): Promise<Partial<SetupReport> | null> {
  if (!existsSync(bindingPath(folder))) return null;
  const trial = await verifyBinding();
  if (trial.ok) return { backend: 'tensorflow', version: trial.version, binding: bindingPath(folder), gpu: trial.gpu };
  removeBinding(folder);
  return null;
}

/** The report as text for people. */
export function renderSetup(report: SetupReport): string {
  const lines = report.notes.map((note) => `  note: ${note}`);
  if (report.backend === 'tensorflow') {
    const where = report.library ? ` from ${report.library.folder}` : '';
    lines.unshift(
      `TensorFlow ${report.version}${where} is ready${report.gpu ? ' on the GPU' : ''} (${report.seconds.toFixed(1)} s).`,
    );
  } else {
    lines.unshift(
      'The portable backend (tfjs on wasm) will be used: everything runs, training is several times slower.',
    );
    lines.push('  `weft doctor` says what is missing; `weft setup` can be run again at any time.');
  }
  return lines.join('\n');
}
