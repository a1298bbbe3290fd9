/** Node only: tells the wasm backend where its binaries lie in the installed package. */
// Tested by test/ops/conformance.test.ts.
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';

const require = createRequire(import.meta.url);

/** To be called before the backend starts; without effect afterwards. */
export function locateWasm(): void {
  const main = require.resolve('@tensorflow/tfjs-backend-wasm');
  const wasm = require(main) as typeof import('@tensorflow/tfjs-backend-wasm');
  try {
    wasm.setWasmPaths(dirname(main) + sep);
  } catch {
    // The backend has started already, from these paths or from the caller's own.
  }
}
