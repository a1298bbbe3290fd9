/** A session on ONNX Runtime: each program is exported with the variables' present values and run from the file. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bindProgram, bindingsOf } from '../../compiler/ir/bind';
import { variablesOf, type Program, type Variable } from '../../compiler/ir/graph';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { temporaryFolder } from '../../files/atomic';
import { checkInputs, checkTensor, disposedError, programNamed } from '../host';
import { initialValue } from '../initial-values';
import type { HostTensor, HostTensors, Session, SessionOptions } from '../session';
import { restoreVariables, saveVariables } from '../variables-folder';
import { exportOnnx, type OnnxExportOptions } from './export';
import { loadOnnx, type OnnxModel } from './runtime';
import { fromTensors } from '../../data/weight-source';
import { held } from '../../compiler/invariant';

export interface OnnxSessionOptions
  extends SessionOptions, Pick<OnnxExportOptions, 'opset' | 'precision' | 'externalData'> {}

/** Opens programs for inference. What runs is what `exportOnnx` writes, so tests of a session are tests of exported files. */
export async function openOnnx(programs: readonly Program[], options: OnnxSessionOptions = {}): Promise<Session> {
  for (const program of programs) {
    if (program.updates.length === 0) continue;
    throw new WeftError(
      `Program "${program.name}" changes variables; the onnx backend cannot.`,
      'Use the tensorflow or tfjs backend.',
      2,
    );
  }
  const session = new OnnxSession(programs, options);
  await session.init(options.seed ?? 0);
  return session;
}

class OnnxSession implements Session {
  readonly backend = 'onnx';
  private readonly programs: ReadonlyMap<string, Program>;
  private readonly variables = new Map<string, Variable>();
  private disposed = false;
  private readonly values = new Map<string, HostTensor>();
  private readonly models = new Map<string, Promise<OnnxModel>>();

  constructor(
    programs: readonly Program[],
    private readonly options: OnnxSessionOptions,
  ) {
    this.programs = new Map(programs.map((p) => [p.name, bindProgram(p, options.bindings ?? {})]));
    for (const program of programs) for (const v of variablesOf(program)) this.variables.set(v.leaf.name, v);
  }

  async run(name: string, inputs: HostTensors): Promise<HostTensors> {
    this.requireOpen(`running ${name}`);
    const program = programNamed(this.programs, name, inputs);
    checkInputs(program, inputs, bindingsOf(program, inputs));
    const loaded = this.models.get(name) ?? this.load(program);
    this.models.set(name, loaded);
    return (await loaded).run(inputs);
  }

  async init(seed: number): Promise<void> {
    this.requireOpen('drawing the initial values');
    for (const [name, v] of this.variables) this.values.set(name, initialValue(v, seed));
    await this.unload();
  }

  async get(names: readonly string[] = [...this.variables.keys()]): Promise<HostTensors> {
    this.requireOpen('reading variables');
    return Object.fromEntries(names.map((name) => [name, held(this.values, this.variableNamed(name).leaf.name)]));
  }

  async set(values: HostTensors): Promise<void> {
    this.requireOpen('writing variables');
    for (const [name, value] of Object.entries(values))
      checkTensor(`Variable "${name}"`, value, this.variableNamed(name).type);
    for (const [name, value] of Object.entries(values)) this.values.set(name, value);
    await this.unload();
  }

  async save(path: string): Promise<void> {
    await saveVariables(path, await this.get());
  }

  async restore(path: string): Promise<void> {
    await this.set(await restoreVariables(path, [...this.variables.keys()]));
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    await this.unload();
    this.values.clear();
  }

  /** Exports a program to a folder that lives until the model is in memory. */
  private async load(program: Program): Promise<OnnxModel> {
    const folder = await temporaryFolder('weft-onnx-');
    try {
      const path = join(folder, 'model.onnx');
      const { opset, precision, externalData } = this.options;
      const weights = fromTensors(this.values);
      await exportOnnx(program, { path, opset, precision, externalData, weights });
      return await loadOnnx(path, this.options.threads);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async unload(): Promise<void> {
    const models = [...this.models.values()];
    this.models.clear();
    for (const model of await Promise.allSettled(models)) if (model.status === 'fulfilled') await model.value.dispose();
  }

  private requireOpen(doing: string): void {
    if (this.disposed) throw disposedError(doing);
  }

  private variableNamed(name: string): Variable {
    const found = this.variables.get(name);
    if (found) return found;
    throw new WeftError(`There is no variable "${name}".`, 'The names are the paths of the weights in the spec.');
  }
}
