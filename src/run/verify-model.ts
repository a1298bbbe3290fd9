/** Compares an exported file with the model on another backend. */
import { bindingsOf } from '../backends/host';
import { openSession } from '../backends/open';
import { verifyOnnx, type Verification, type VerifyOptions } from '../backends/onnx/verify';
import type { BackendName, HostTensors, Session } from '../backends/session';
import { symbolsOf } from '../compiler/ir/bind';
import type { Program } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import type { Which } from '../data/checkpoints/layouts';
import { exportedProgram, type ExportedProgram } from './export-model';
import { loadWeights } from './load-weights';
import { weightsFor } from './weights-for';

export interface VerifyModelOptions extends VerifyOptions {
  /** Path of the weights the export was made with. */
  readonly weights: string;
  readonly which?: Which;
  readonly program?: ExportedProgram;
  /** What it is compared with. */
  readonly backend?: BackendName | 'auto';
}

/** Runs both on the same random inputs, at batch sizes 1 and 3 by default. */
export async function verifyModel(file: string, model: ModelGraph, options: VerifyModelOptions): Promise<Verification> {
  const program = exportedProgram(model, options.program ?? 'denoise');
  const weights = await loadWeights(options.weights, model, options.which);
  const against = new SessionPerBatch(program, weights, options);
  // Any length of text will do, so long as both sides have the same.
  const bindings = { ...Object.fromEntries(openSizes(program).map((name) => [name, 4])), ...options.bindings };
  try {
    return await verifyOnnx(file, against, program, { ...options, bindings });
  } finally {
    await against.dispose();
  }
}

/** Symbols of the inputs' shapes other than `batch`: the number of text tokens. */
function openSizes(program: Program): string[] {
  return [...new Set(program.inputs.flatMap(symbolsOf))].filter((name) => name !== 'batch');
}

/** A session that opens the program anew for each batch size, since some backends run one size only. */
class SessionPerBatch implements Pick<Session, 'run'> {
  private readonly sessions = new Map<number, Session>();

  constructor(
    private readonly program: Program,
    private readonly weights: HostTensors,
    private readonly options: VerifyModelOptions,
  ) {}

  async run(name: string, inputs: HostTensors): Promise<HostTensors> {
    const bindings = bindingsOf(this.program, inputs);
    const { batch } = bindings;
    let session = this.sessions.get(batch);
    if (!session) {
      const { backend = 'auto', threads } = this.options;
      session = await openSession(backend, [this.program], { bindings, threads });
      this.sessions.set(batch, session);
      await session.set(weightsFor([this.program], this.weights));
    }
    return session.run(name, inputs);
  }

  async dispose(): Promise<void> {
    for (const session of this.sessions.values()) await session.dispose();
  }
}
