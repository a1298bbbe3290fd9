/** Dead code elimination: what no output and no update needs is not in a graph to begin with, but no-op updates may be. */
// Tested by test/compiler/optimize/pipeline.test.ts.
import type { Pass } from './map-values';

/** Values are reached from outputs and updates, so dropping an update drops all that only it needed. */
export const dce: Pass = {
  name: 'dce',
  doc: 'Updates that store what a variable already holds are dropped.',
  run: (program) => ({ ...program, updates: program.updates.filter(({ variable, value }) => variable !== value) }),
};
