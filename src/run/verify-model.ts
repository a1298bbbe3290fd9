/** Compares an exported file with the model on another backend. */
// Tested by test/backends/onnx/sample.test.ts.
import { openSession } from '../backends/open';
import { verifyOnnx, type Verification, type VerifyOptions } from '../backends/onnx/verify';
import type { BackendName, HostTensors, Session } from '../backends/session';
import { counted } from '../compiler/diagnostics/counted';
import { bindingsOf, symbolsOf } from '../compiler/ir/bind';
import type { Bindings } from '../compiler/ir/dims';
import type { Program } from '../compiler/ir/graph';
import { denoise } from '../compiler/programs/denoise';
import { guided } from '../compiler/programs/guided';
import { faceOf, isLoop } from '../compiler/programs/loop';
import type { Walk } from '../compiler/programs/sample';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { requireOptions } from '../compiler/diagnostics/require-kind';
import { withLeftOut } from '../compiler/lower/left-out';
import { countParameters, type ModelGraph } from '../compiler/lower/model';
import { requireModel } from '../compiler/lower/require-model';
import { exportedProgram } from './export-model';
import type { ExportedProgram } from './exported-programs';
import { drawImages } from '../sample/draw';
import { defaultSampling } from '../sample/defaults';
import { loadWeights, tellOnce, type LoadOptions } from './load-weights';
import { otherArchitecture } from './recorded-architecture';
import { checkRecorded, recordedLeftOut } from './recorded-conventions';
import { readNotes } from './sampling-notes';
import { requireProgramRoom } from './require-room';
import { weightsFor } from './weights-for';

export interface VerifyModelOptions extends VerifyOptions, LoadOptions {
  /** Path of the weights the export was made with; not needed for a model without weights. */
  readonly weights?: string;
  /** The program in the file; by default the one in its metadata, or else `denoise`. */
  readonly program?: ExportedProgram;
  /** The walk of the sampler in the file; by default the one in its metadata. */
  readonly sampling?: Walk;
  /** The backend to compare with. */
  readonly backend?: BackendName | 'auto';
}

/**
 * Runs both on the same random inputs, at batch sizes 1 and 3 by default. The file runs in this process, which no timer can interrupt: a
 * damaged or hostile file may never end, or take all memory. Call this in a process of its own that you can end (`weft verify` does).
 */
export async function verifyModel(file: string, given: ModelGraph, options: VerifyModelOptions): Promise<Verification> {
  requireModel(given);
  requireOptions(options);
  const notes = await readNotes(file);
  const { program: asked = notes.program ?? 'denoise' } = options;
  if (notes.program !== null && asked !== notes.program)
    throw new WeftError(
      `${file} says that it holds the program ${notes.program}, not ${asked}.`,
      `Leave --program out, or export the model with --program ${asked}.`,
      2,
    );
  checkRecorded(given, file, notes.metadata);
  const other = otherArchitecture(given, file, notes.metadata);
  if (other !== null) (options.tell ?? tellOnce)(other);
  const model = withLeftOut(given, recordedLeftOut(file, notes.metadata));
  const sampling = options.sampling ?? notes.sampling ?? defaultSampling(model);
  await requireComparisonRoom(model, { ...options, program: asked });
  const exported = exportedProgram(model, asked, sampling);
  const program = isLoop(exported) ? faceOf(exported) : exported;
  const weights = await loadWeights(options.weights, model, options);
  const against = isLoop(exported)
    ? new Sampler(model, sampling, weights, options)
    : new SessionPerBatch(exported, weights, options);
  // Any length of text works, as long as both sides use the same.
  const bindings = { ...Object.fromEntries(openSizes(program).map((name) => [name, 4])), ...options.bindings };
  try {
    return await verifyOnnx(file, against, program, { ...options, bindings });
  } finally {
    await against.dispose();
  }
}

/**
 * Refuses a comparison for which there is not enough memory. Its sessions stay open from one batch size to the next, beside the
 * weights as they were read, and ONNX Runtime has weights of its own. Exit status 3.
 */
export async function requireComparisonRoom(
  model: ModelGraph,
  { program: asked = 'denoise', batchSizes = [1, 3], backend = 'auto' }: VerifyModelOptions,
): Promise<void> {
  // A sampler evaluates the model again and again.
  const program = asked === 'guided' ? guided(model) : denoise(model);
  const batch = Math.max(...batchSizes);
  const use = {
    programs: [program],
    bindings: sizesOf(program, batch),
    doing: `Comparing the file with ${model.name} in ONNX Runtime, on ${counted(batch, 'image')} at once,`,
    beside: (batchSizes.length + 1) * 4 * countParameters(model),
    ways: () => [],
  };
  // Either may be the one that needs more: ONNX Runtime runs op by op, and a compiler fuses.
  for (const other of ['onnx', backend] as const) await requireProgramRoom(use, other);
}

/** Any length of text works, as long as both sides use the same. */
function sizesOf(program: Program, batch: number): Bindings {
  return { ...Object.fromEntries(openSizes(program).map((name) => [name, 4])), batch };
}

/** Symbols of the inputs' shapes other than `batch`, such as the number of text tokens. */
function openSizes(program: Program): string[] {
  return [...new Set(program.inputs.flatMap(symbolsOf))].filter((name) => name !== 'batch');
}

/** A session that opens the program again for each batch size, since some backends run one size only. */
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

/** This process's sampler, used like a session: `image` from `noise` and conditions. */
class Sampler implements Pick<Session, 'run'> {
  constructor(
    private readonly model: ModelGraph,
    private readonly settings: Walk,
    private readonly weights: HostTensors,
    private readonly options: VerifyModelOptions,
  ) {}

  async run(_: string, { noise, draws, ...others }: HostTensors): Promise<HostTensors> {
    const { settings, weights } = this;
    const isClassed = this.model.inputs.some((i) => i.kind === 'class' && i.name === 'y');
    const { y, ...rest } = others;
    const text = isClassed ? rest : others;
    const { backend, threads } = this.options;
    const [count] = noise.shape;
    const labels = isClassed ? Array.from(y.data) : null;
    // The noise is given, so the seed is not used.
    const request = { settings, weights, labels, text, noise, draws, count, batch: count, seed: 0, backend, threads };
    return { image: await drawImages(this.model, request) };
  }

  async dispose(): Promise<void> {}
}
