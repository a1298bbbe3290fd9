/** A session on ONNX Runtime: each program is exported with the variables' current values and run from the file. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bindProgram, bindingsOf } from '../../compiler/ir/bind';
import type { Program, Variable } from '../../compiler/ir/graph';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { temporaryFolder } from '../../files/atomic';
import { checkInputs, programNamed } from '../host';
import { HostSession } from '../host-session';
import { initialValue } from '../initial-values';
import type { HostTensor, HostTensors, Session, SessionOptions } from '../session';
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

class OnnxSession extends HostSession {
  readonly backend = 'onnx';
  private readonly values = new Map<string, HostTensor>();
  private readonly models = new Map<string, Promise<OnnxModel>>();

  constructor(
    programs: readonly Program[],
    private readonly options: OnnxSessionOptions,
  ) {
    super(programs.map((p) => bindProgram(p, options.bindings ?? {})));
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

  protected async read(variables: readonly Variable[]): Promise<HostTensors> {
    return Object.fromEntries(variables.map(({ leaf }) => [leaf.name, held(this.values, leaf.name)]));
  }

  protected async write(values: HostTensors): Promise<void> {
    for (const [name, value] of Object.entries(values)) this.values.set(name, value);
    await this.unload();
  }

  protected async release(): Promise<void> {
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
}
