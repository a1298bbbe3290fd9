/** The backends that the conformance test runs every op's samples on; a new backend is a new row. */
import type { OpenSession } from '../../src/backends/session';

export interface ConformingBackend {
  readonly name: 'tfjs' | 'tensorflow' | 'onnx';
  readonly open: OpenSession;
  /** Largest error allowed, relative to max(1, |expected|): the backends compute in float32. */
  readonly tolerance: number;
}

export const backends: readonly ConformingBackend[] = [];
