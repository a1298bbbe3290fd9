/** The backends that the conformance test runs every op's samples on; a new backend is a new row. */
import { openOnnx } from '../../src/backends/onnx/session';
import { hasPyTorch } from '../../src/backends/pytorch/python';
import { openPyTorch } from '../../src/backends/pytorch/session';
import { openReference } from '../../src/backends/reference/session';
import type { OpenSession } from '../../src/backends/session';
import { open as openTensorFlow } from '../../src/backends/tensorflow/session';
import { openTfjs } from '../../src/backends/tfjs/session';
import { isNativeAvailable } from '../../src/setup/native';

export interface ConformingBackend {
  readonly name: 'reference' | 'tfjs' | 'tensorflow' | 'onnx' | 'pytorch';
  /** What tells apart two rows of one backend. */
  readonly variant?: string;
  readonly open: OpenSession;
  /** Largest error allowed, relative to max(1, |expected|): the backends compute in float32. */
  readonly tolerance: number;
}

const native = isNativeAvailable();
if (!native)
  console.warn('The native TensorFlow library is not set up: its rows of the conformance test are left out.');

if (!hasPyTorch()) console.warn('No Python with PyTorch is found: its row of the conformance test is left out.');

export const backends: readonly ConformingBackend[] = [
  { name: 'reference', open: openReference, tolerance: 0 },
  { name: 'tfjs', open: openTfjs, tolerance: 1e-5 },
  ...(native ? [false, true] : []).map((xla): ConformingBackend => ({
    name: 'tensorflow',
    variant: xla ? 'compiled by XLA' : 'plain graph',
    open: (programs, options) => openTensorFlow(programs, { ...options, xla }),
    tolerance: 1e-5,
  })),
  // The least opset, the first with fused attention and norms, and the last.
  ...[17, 23, 25].map((opset): ConformingBackend => ({
    name: 'onnx',
    variant: `opset ${opset}`,
    open: (programs, options) => openOnnx(programs, { ...options, opset }),
    tolerance: 1e-5,
  })),
  ...(hasPyTorch() ? [{ name: 'pytorch', open: openPyTorch, tolerance: 1e-5 } as const] : []),
];
