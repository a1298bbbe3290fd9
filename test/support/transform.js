/** Strips types with esbuild, keeping ES modules and line numbers; a `.weft` file is its text. */
import { transformSync } from 'esbuild';

export default {
  process(source, filename) {
    if (filename.endsWith('.weft')) return { code: `export default ${JSON.stringify(source)};` };
    const { code, map } = transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'node20',
      sourcefile: filename,
      sourcemap: 'external',
    });
    return { code, map };
  },
};
