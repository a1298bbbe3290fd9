/** Explains a failure of WebAssembly: unless one of its kernels has a defect, it has run out of memory. */
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { formatBytes } from '../../files/file-error';

/** What V8 and emscripten throw when memory cannot grow, or when a kernel works on memory it did not get. */
const memoryErrors =
  /memory access out of bounds|out of memory|Aborted\(|invalid typed array length|offset is out of bounds/i;

/** The error to report instead of one that came from wasm while `held` bytes of tensors were in memory; other errors are unchanged. */
export function explainedFailure(error: unknown, doing: string, held: number): unknown {
  const text = String(error);
  if (!memoryErrors.test(text)) return error;
  return new WeftError(
    `The portable backend (WebAssembly) ran out of memory while ${doing}: ${text.split('\n')[0]}. It held ${formatBytes(held)} of tensors, and has at most 4 GiB for them and for work in between.`,
    'Lower the batch size, add `recompute = blocks` to the recipe, or set up native TensorFlow with `weft setup`.',
    3,
  );
}

/** Frees what it can. After a failure the backend may not even be able to do that, and this must not hide the failure. */
export function freeQuietly(tensors: Iterable<{ dispose(): void } | null | undefined>): void {
  for (const tensor of tensors) {
    try {
      tensor?.dispose();
    } catch {
      // The failure that came before is being reported.
    }
  }
}
