/** Opens programs on TensorFlow: writes them as a SavedModel, loads it, and runs it on host tensors. */
import { someOf } from '../../compiler/diagnostics/counted';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { formatShape } from '../../compiler/ir/dims';
import type { Program } from '../../compiler/ir/graph';
import { temporaryFolder, writeFolderAtomic } from '../../files/atomic';
import { codedByWords, fileError, messageOf } from '../../files/file-error';
import { chunksBySize } from '../chunks';
import { checkInputs, checkTensor, disposedError, programNamed } from '../host';
import type { HostTensor, HostTensors, OpenSession, Session, SessionOptions } from '../session';
import { chooseExecution, precisionOf, type Device, type Execution } from './execution';
import { enableClustering, expectedDevice, loadRuntime, type Feed, type NativeRuntime } from './runtime';
import { writeSavedModel, type ProgramPorts, type SavedModelPorts } from './saved-model';
import type { VariablePort } from './state-graph';

export { isNativeAvailable } from '../../setup/native';

/** Name of the files inside a saved state, and of the list of what they hold. */
const checkpointPrefix = 'variables';
const manifestName = 'state.json';

/** Bytes of variables that are written at a time, since writing makes copies of them. */
const setChunkBytes = 512e6;

/** Variables of a saved state by name. */
type Manifest = { readonly [name: string]: { readonly shape: readonly number[]; readonly dtype: string } };

/** Opens programs on the native TensorFlow. Variables get their initial values on first use, unless restored or set before. */
export const open: OpenSession = async (programs, options = {}) => {
  const expected = expectedDevice();
  if (programs.some((program) => executionOf(program, options, expected) === 'clustered')) enableClustering();
  const runtime = loadRuntime(options.threads);
  const scratch = await temporaryFolder('weft-tensorflow-');
  const clean = () => rmSync(scratch, { recursive: true, force: true });
  process.once('exit', clean);
  try {
    const folder = join(scratch, 'model');
    const execution = (program: Program) => executionOf(program, options, runtime.device);
    const ports = writeSavedModel(folder, programs, { bindings: options.bindings, execution, device: runtime.device });
    return new TensorFlowSession(runtime, runtime.load(folder), ports, options.seed ?? 0);
  } finally {
    process.off('exit', clean);
    clean();
  }
};

function executionOf(program: Program, options: SessionOptions, device: Device): Execution {
  if (options.xla !== undefined) return options.xla ? 'xla' : 'graph';
  return chooseExecution(program, precisionOf(program), device);
}

class TensorFlowSession implements Session {
  readonly backend = 'tensorflow';
  private readonly programs: ReadonlyMap<string, ProgramPorts>;
  private readonly variables: ReadonlyMap<string, VariablePort>;
  /** Variables without a value. Initial values are drawn when they are first needed, so a run that restores never pays for them. */
  private readonly unset: Set<string>;
  private disposed = false;

  constructor(
    private readonly runtime: NativeRuntime,
    private readonly id: number,
    private readonly ports: SavedModelPorts,
    private readonly seed: number,
  ) {
    this.programs = new Map(ports.programs.map((p) => [p.program.name, p]));
    this.variables = new Map(ports.state.variables.map((v) => [v.name, v]));
    this.unset = new Set(this.variables.keys());
  }

  async run(name: string, inputs: HostTensors): Promise<HostTensors> {
    const ports = programNamed(this.programs, name, inputs);
    checkInputs(ports.program, inputs, {});
    await this.ensureInitialized();
    const feeds = ports.inputs.map((port) => ({ node: port.node, value: inputs[port.name] }));
    const fetches = ports.outputs.length > 0 ? ports.outputs.map((port) => port.node) : [ports.done];
    const values = this.execute(`running ${name}`, feeds, fetches);
    return Object.fromEntries(ports.outputs.map((port, i) => [port.name, values[i]]));
  }

  async init(seed: number): Promise<void> {
    const { init } = this.ports.state;
    const value: HostTensor = { shape: [], dtype: 'i32', data: Int32Array.of(seed) };
    this.execute('drawing the initial values', [{ node: init.seed, value }], [init.done]);
    this.unset.clear();
  }

  async get(names: readonly string[] = [...this.variables.keys()]): Promise<HostTensors> {
    await this.ensureInitialized();
    return this.read(names);
  }

  async set(values: HostTensors): Promise<void> {
    const ports = Object.keys(values).map((name) => this.variable(name));
    for (const port of ports) checkTensor(`Variable "${port.name}"`, values[port.name], port);
    for (const chunk of chunksBySize(ports, (port) => port.shape, setChunkBytes)) {
      const feeds = chunk.map((port) => ({ node: port.value, value: values[port.name] }));
      const fetches = chunk.map((port) => port.set);
      this.execute('writing variables', feeds, fetches);
      for (const port of chunk) this.unset.delete(port.name);
    }
  }

  async save(path: string): Promise<void> {
    const target = resolve(path);
    if (existsSync(target)) {
      throw new WeftError(`${path} exists already.`, 'Save to a new folder.', 2);
    }
    await this.ensureInitialized();
    const { save, variables } = this.ports.state;
    const manifest: Manifest = Object.fromEntries(variables.map((v) => [v.name, { shape: v.shape, dtype: v.dtype }]));
    await writeFolderAtomic(target, async (temporary) => {
      try {
        this.execute('saving', [{ node: save.prefix, value: join(temporary, checkpointPrefix) }], [save.done]);
      } catch (e) {
        // TensorFlow says "exhausted" of a full disk and of full memory alike; the system's words tell them apart.
        throw await fileError(codedByWords(messageOf(e)) ?? e, 'write', target);
      }
      writeFileSync(join(temporary, manifestName), JSON.stringify(manifest));
    });
  }

  async restore(path: string): Promise<void> {
    const folder = resolve(path);
    checkManifest(path, readManifest(folder), this.ports.state.variables);
    const { restore } = this.ports.state;
    this.execute('restoring', [{ node: restore.prefix, value: join(folder, checkpointPrefix) }], [restore.done]);
    this.unset.clear();
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    this.runtime.unload(this.id);
  }

  /** Initial values are drawn all at once, so those that were set before are put back. */
  private async ensureInitialized(): Promise<void> {
    if (this.unset.size === 0) return;
    const given = this.read([...this.variables.keys()].filter((name) => !this.unset.has(name)));
    await this.init(this.seed);
    await this.set(given);
  }

  private read(names: readonly string[]): HostTensors {
    const fetches = names.map((name) => this.variable(name).get);
    if (names.length === 0) return {};
    const values = this.execute('reading variables', [], fetches);
    return Object.fromEntries(names.map((name, i) => [name, values[i]]));
  }

  private execute(doing: string, feeds: readonly Feed[], fetches: readonly string[]): HostTensor[] {
    if (this.disposed) throw disposedError(doing);
    try {
      return this.runtime.run(this.id, feeds, fetches);
    } catch (e) {
      throw failure(doing, messageOf(e));
    }
  }

  private variable(name: string): VariablePort {
    const port = this.variables.get(name);
    if (port) return port;
    throw new WeftError(`This session has no variable "${name}".`, `It has ${list([...this.variables.keys()])}.`);
  }
}

function readManifest(folder: string): Manifest {
  try {
    return JSON.parse(readFileSync(join(folder, manifestName), 'utf8')) as Manifest;
  } catch {
    throw new WeftError(
      `${folder} is not a state that the tensorflow backend saved: it has no readable ${manifestName}.`,
    );
  }
}

/** Says which variable does not fit before TensorFlow is asked, whose own messages name nodes. */
function checkManifest(path: string, manifest: Manifest, variables: readonly VariablePort[]): void {
  const missing = variables.filter((v) => !Object.hasOwn(manifest, v.name)).map((v) => v.name);
  if (missing.length > 0) {
    throw new WeftError(`${path} lacks ${list(missing)}.`, 'Restore what was saved from the same model and recipe.');
  }
  for (const v of variables) {
    const found = manifest[v.name];
    if (found.dtype === v.dtype && found.shape.join() === v.shape.join()) continue;
    throw new WeftError(
      `${path} holds ${v.name} as ${found.dtype} ${formatShape(found.shape)}, but here it is ${v.dtype} ${formatShape(v.shape)}.`,
      'Restore what was saved from the same model and recipe.',
    );
  }
}

function failure(doing: string, message: string): WeftError {
  const text = message.replace(/^Session fail to run with error: /, '').split('\n')[0];
  const memory = /RESOURCE_EXHAUSTED|out of memory|OOM|Allocation of/i.test(message);
  const hint = memory ? 'Lower the batch size, or add `recompute = blocks` to the recipe.' : null;
  return new WeftError(`TensorFlow failed while ${doing}: ${text}`, hint, memory ? 3 : 1);
}

/** The first few of some names. */
function list(names: readonly string[]): string {
  return someOf(names, 6) || 'none';
}
