/** The backends that the conformance test runs every op's samples on; a new backend is a new row. */
import { openOnnx } from '../../src/backends/onnx/session';
import { hasPyTorch } from '../../src/backends/pytorch/python';
import { openPyTorch } from '../../src/backends/pytorch/session';
import { openReference } from '../../src/backends/reference/session';
import type { BackendName, OpenSession } from '../../src/backends/session';
import { open as openTensorFlow } from '../../src/backends/tensorflow/session';
import { openTfjs } from '../../src/backends/tfjs/session';
import { namesOf } from '../../src/compiler/recipe/fields';
import { isNativeAvailable } from '../../src/setup/native';

interface Row {
  /** What tells apart two rows of one backend. */
  readonly variant?: string;
  readonly open: OpenSession;
  /** Largest error allowed, relative to max(1, |expected|): the backends compute in float32. */
  readonly tolerance: number;
}

export interface ConformingBackend extends Row {
  readonly name: BackendName;
}

const native = isNativeAvailable();
if (!native)
  console.warn('The native TensorFlow library is not set up: its rows of the conformance test are left out.');

if (!hasPyTorch()) console.warn('No Python with PyTorch is found: its row of the conformance test is left out.');

/** Total over the backends: one that is missing does not compile. */
const rows: { readonly [B in BackendName]: readonly Row[] } = {
  reference: [{ open: openReference, tolerance: 0 }],
  tfjs: [{ open: openTfjs, tolerance: 1e-5 }],
  tensorflow: (native ? [false, true] : []).map((xla) => ({
    variant: xla ? 'compiled by XLA' : 'plain graph',
    open: (programs, options) => openTensorFlow(programs, { ...options, xla }),
    tolerance: 1e-5,
  })),
  // The least opset, the first with fused attention and norms, and the last.
  onnx: [17, 23, 25].map((opset) => ({
    variant: `opset ${opset}`,
    open: (programs, options) => openOnnx(programs, { ...options, opset }),
    tolerance: 1e-5,
  })),
  pytorch: hasPyTorch() ? [{ open: openPyTorch, tolerance: 1e-5 }] : [],
};

export const backends: readonly ConformingBackend[] = namesOf(rows).flatMap((name) =>
  rows[name].map((row) => ({ name, ...row })),
);
