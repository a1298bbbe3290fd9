/** Dead code elimination. A graph never holds values that no output or update needs, but it may hold updates that change nothing. */
// Tested by test/compiler/optimize/pipeline.test.ts.
import type { Pass } from './map-values';

/** Values are reached from outputs and updates, so dropping an update also drops the values that only it needed. */
export const dce: Pass = {
  name: 'dce',
  doc: 'Updates that store what a variable already holds are dropped.',
  run: (program) => ({ ...program, updates: program.updates.filter(({ variable, value }) => variable !== value) }),
};
