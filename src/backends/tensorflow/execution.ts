/** Chooses how TensorFlow runs a program: as a plain graph, compiled whole by XLA, or with XLA on its fusible regions. */
import { rootsOf, topological, type Program } from '../../compiler/ir/graph';
import { is } from '../../compiler/ops/define';
import { orthonormal } from '../../compiler/ops/linalg';
import type { Precision } from '../../compiler/recipe/index';

/**
 * `clustered` is a plain graph in a process whose TensorFlow clusters fusible operators for XLA: the choice holds for the
 * whole process and must be made before TensorFlow is loaded; after that, such a program runs as a plain graph.
 */
export type Execution = 'graph' | 'xla' | 'clustered';
export type Device = 'cpu' | 'gpu';

/**
 * The fastest way as measured on training steps (`npm run bench -- train`): XLA for whole f32 steps on CPU; in bf16 the matrix
 * products belong to oneDNN, so XLA gets only what is between them. A GPU compiles whole steps in either precision.
 * Programs without updates run too seldom to pay for compiling.
 */
export function chooseExecution(program: Program, precision: Precision, device: Device): Execution {
  if (program.updates.length === 0) return 'graph';
  if (device === 'gpu') return 'xla';
  if (decomposes(program)) return 'graph';
  return precision === 'f32' ? 'xla' : 'clustered';
}

/** Whether a program has a QR decomposition: XLA writes it as loops for a CPU, where the plain graph calls a library. */
function decomposes(program: Program): boolean {
  return topological(rootsOf(program)).some((v) => is(v, orthonormal));
}

/** `bf16` if any value of the program has a half type. */
export function precisionOf(program: Program): Precision {
  const half = topological(rootsOf(program)).some((v) => v.dtype === 'bf16' || v.dtype === 'f16');
  return half ? 'bf16' : 'f32';
}
