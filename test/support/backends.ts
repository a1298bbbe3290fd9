/** The backends golden cases run on: as users open them, optimised. */
import { openOnnx } from '../../src/backends/onnx/session';
import { onnxWords } from '../../src/backends/onnx/words';
import { openSession } from '../../src/backends/open';
import { hasPyTorch } from '../../src/backends/pytorch/python';
import type { OpenSession } from '../../src/backends/session';
import { optimize } from '../../src/compiler/optimize/pipeline';
import { isNativeAvailable } from '../../src/setup/native';

export interface GoldenBackend {
  readonly name: string;
  readonly open: OpenSession;
  /** Whether it runs gradients and updates; ONNX files hold inference programs. */
  readonly trains: boolean;
}

const trainers = (['reference', 'tensorflow', 'tfjs', 'pytorch'] as const).filter((name) => {
  if (name === 'tensorflow' && !isNativeAvailable()) {
    console.warn('The native TensorFlow library is not set up: its golden cases are left out.');
    return false;
  }
  if (name === 'pytorch' && !hasPyTorch()) {
    console.warn('No Python with PyTorch is found: its golden cases are left out.');
    return false;
  }
  return true;
});

export const backends: readonly GoldenBackend[] = [
  ...trainers.map((name): GoldenBackend => ({
    name,
    open: (programs, options) => openSession(name, programs, options),
    trains: true,
  })),
  ...[17, 23].map((opset): GoldenBackend => ({
    name: `onnx opset ${opset}`,
    open: (programs, options) =>
      openOnnx(
        programs.map((p) => optimize(p, onnxWords)),
        { ...options, opset },
      ),
    trains: false,
  })),
];
