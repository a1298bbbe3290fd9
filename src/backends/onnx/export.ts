/** Writes an inference program as an ONNX model: lowered to an opset, at a precision, with weights streamed into the file. */
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { bindProgram } from '../../compiler/ir/bind';
import type { Bindings } from '../../compiler/ir/dims';
import type { Program } from '../../compiler/ir/graph';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { version } from '../../version';
import { inputName } from '../host';
import { faceOf, isLoop, mapLoop, type LoopProgram } from '../../compiler/programs/loop';
import { solverScope } from '../../compiler/lower/solver/elaborate';
import { emitProgram, type EmittedProgram } from './emit';
import { emitLoop } from './emit-loop';
import { layoutModel } from './layout';
import { inOnnxPrecision, type OnnxPrecision } from './precision';
import { opsetRange } from './proto';
import type { WeightSource } from '../../data/weight-source';
import { checkWeights, encodedWeight } from './weights';
import { writeFiles, type Progress } from './write';

export interface OnnxExportOptions {
  /** The `.onnx` file to write. Separate weights go to the same path with `.data` appended. */
  readonly path: string;
  /** The operator set, 17 to 25; 17 by default. From 23 on, the fused operators are used. */
  readonly opset?: number;
  readonly precision?: OnnxPrecision;
  readonly weights: WeightSource;
  /** Whether weights go to a separate file; by default only above 1.5 GB. */
  readonly externalData?: 'auto' | boolean;
  /** False for a model of single images. By default the batch stays a named dimension. */
  readonly dynamicBatch?: boolean;
  /** Values for other symbols of the program's shapes; those without one stay named dimensions. */
  readonly bindings?: Bindings;
  /** Entries for the model's `metadata_props`: spec, hash, hyper-parameters. */
  readonly metadata?: { readonly [key: string]: string };
  /** Called as weights are written, with the bytes done and their sum. */
  readonly onProgress?: Progress;
}

/** The files written, the model first, and their total number of bytes. */
export interface OnnxFiles {
  readonly files: readonly string[];
  readonly bytes: number;
}

/** Exports a program. Weights are read one by one; the files appear whole or not at all. */
export async function exportOnnx(program: Program | LoopProgram, options: OnnxExportOptions): Promise<OnnxFiles> {
  const { path, opset = 17, precision = 'fp32', weights, metadata = {} } = options;
  checkRequest(program, opset);
  const bindings = { ...(options.dynamicBatch === false ? { batch: 1 } : {}), ...options.bindings };
  const { face, emitted } = isLoop(program)
    ? emittedLoop(program, bindings, precision, opset)
    : emittedProgram(program, bindings, precision, opset);
  checkWeights(emitted.weights, weights);
  const dataPath = `${path}.data`;
  const { model, data } = layoutModel(face, emitted, {
    externalData: options.externalData ?? 'auto',
    dataName: basename(dataPath),
    producerVersion: version,
    metadata: { program: program.name, precision, ...metadata },
  });
  const outputs = [...(data ? [{ path: dataPath, layout: data }] : []), { path, layout: model }];
  await writeFiles(outputs, (weight) => encodedWeight(weight, weights), options.onProgress);
  // Weights of an earlier export under this name no longer belong to any model.
  if (!data) await rm(dataPath, { force: true });
  return { files: outputs.map((o) => o.path).reverse(), bytes: outputs.reduce((sum, o) => sum + o.layout.bytes, 0) };
}

/** The nodes and weights to write, and the program that gives the file its inputs and outputs. */
interface Emitted {
  readonly face: Program;
  readonly emitted: EmittedProgram;
}

function emittedProgram(program: Program, bindings: Bindings, precision: OnnxPrecision, opset: number): Emitted {
  const face = inOnnxPrecision(bindProgram(program, bindings), precision);
  return { face, emitted: emitProgram(face, opset) };
}

/** The precision applies to the model; a solver's sums over many steps stay in float32. */
function emittedLoop(program: LoopProgram, bindings: Bindings, precision: OnnxPrecision, opset: number): Emitted {
  const loop = mapLoop(program, (turn) =>
    inOnnxPrecision(bindProgram(turn, bindings), precision, ({ scope }) => isOfSolver(scope)),
  );
  return { face: faceOf(loop), emitted: emitLoop(loop, opset) };
}

/** Whether a scope belongs to the solver and not to the model. */
function isOfSolver(scope: string): boolean {
  return scope === solverScope || scope.startsWith(`${solverScope}.`);
}

function checkRequest(program: Program | LoopProgram, opset: number): void {
  if (!Number.isInteger(opset) || opset < opsetRange.least || opset > opsetRange.most) {
    throw new WeftError(`Opset ${opset} cannot be written.`, `Choose ${opsetRange.least} to ${opsetRange.most}.`, 2);
  }
  requireOwnNames(isLoop(program) ? faceOf(program) : program);
  if (!isLoop(program) && program.updates.length > 0) {
    throw new WeftError(
      `Program "${program.name}" changes variables; an ONNX model cannot.`,
      'Export a program for inference: denoise, guided or sample.',
      2,
    );
  }
}

/** A program may have an output of its own, such as `velocity`, beside a model's input of that name; in a file names are of one kind. */
function requireOwnNames({ name, inputs, outputs }: Program): void {
  const taken = new Set(inputs.map(inputName));
  const twice = Object.keys(outputs).find((output) => taken.has(output));
  if (twice === undefined) return;
  throw new WeftError(
    `The program ${name} has an output \`${twice}\`, and the model has an input of that name.`,
    `Give the input another name, such as \`${twice}_in\`, or export another program.`,
  );
}
