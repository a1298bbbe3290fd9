/** Exports a model with weights from a file. */
import { onnxWords } from '../backends/onnx/words';
import { verifyTolerances } from '../backends/onnx/precision';
import { exportOnnx, type OnnxExportOptions, type OnnxFiles } from '../backends/onnx/export';
import type { Program } from '../compiler/ir/graph';
import { requireModel } from '../compiler/lower/require-model';
import { requireOptions, requireWord } from '../compiler/diagnostics/require-kind';
import { withLeftOut } from '../compiler/lower/left-out';
import type { ModelGraph } from '../compiler/lower/model';
import { optimize } from '../compiler/optimize/pipeline';
import { denoise } from '../compiler/programs/denoise';
import { guided, requireGuidable } from '../compiler/programs/guided';
import { isLoop, mapLoop, type LoopProgram } from '../compiler/programs/loop';
import { samplerProgram, type Walk } from '../compiler/programs/sample';
import { defaultSampling } from '../sample/defaults';
import { exportedPrograms, type ExportedProgram } from './exported-programs';
import { openWeightsOf, type LoadOptions } from './load-weights';
import { hyperparametersEntry } from './recorded-architecture';
import { conventionsEntry } from './recorded-conventions';
import { requireWritingRoom } from './require-room';
import { samplingNotes } from './sampling-notes';

/** The metadata key for the units of an image's sides, in a file that takes images of any size. */
export const sizeNote = 'size_units';

export interface ExportModelOptions extends Omit<OnnxExportOptions, 'weights'>, LoadOptions {
  /** Path of a safetensors or PyTorch file; not needed for a model without weights. */
  readonly weights?: string;
  readonly program?: ExportedProgram;
  /** The walk of an exported sampler; `defaultSampling` by default. */
  readonly sampling?: Walk;
}

/**
 * Writes the model; weights are read tensor by tensor, so it may be larger than memory. Throws a `WeftError` for weights that do not fit,
 * and for a program that the file cannot hold.
 */
export async function exportModelToOnnx(given: ModelGraph, options: ExportModelOptions): Promise<OnnxFiles> {
  requireModel(given);
  requireOptions(options);
  const { program: name = 'denoise', precision = 'fp32' } = options;
  requireWord('program', name, exportedPrograms);
  requireWord('precision', precision, Object.keys(verifyTolerances));
  await requireWritingRoom(given);
  const source = await openWeightsOf(given, options.weights, options);
  try {
    const model = withLeftOut(given, source.leftOut);
    const { sampling = defaultSampling(model) } = options;
    const program = exportedProgram(model, name, sampling);
    const metadata = {
      model: model.name,
      ...hyperparametersEntry(model),
      ...conventionsEntry(model),
      ...(name === 'sample' ? samplingNotes(sampling) : {}),
      ...(model.openSize && { [sizeNote]: `${model.openSize.units.height}x${model.openSize.units.width}` }),
      ...options.metadata,
    };
    return await exportOnnx(optimized(program), { ...options, weights: source, metadata });
  } finally {
    await source.close();
  }
}

/** The program with less to compute, in ONNX's words. */
function optimized(program: Program | LoopProgram): Program | LoopProgram {
  const forOnnx = (p: Program): Program => optimize(p, onnxWords);
  return isLoop(program) ? mapLoop(program, forOnnx) : forOnnx(program);
}

/** The program of a file, as the model defines it: the file is compared with this one. */
export function exportedProgram(model: ModelGraph, name: ExportedProgram, sampling: Walk): Program | LoopProgram {
  switch (name) {
    case 'denoise':
      return denoise(model);
    case 'guided':
      requireGuidable(model, { scale: 2 });
      return guided(model);
    case 'sample':
      return samplerProgram(model, sampling);
  }
}
