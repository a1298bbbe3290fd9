/** The reference evaluator runs programs as they are, so that rewrites are judged by it as well. */
// Tested by test/backends/open.test.ts.
export { openReference as open } from './session';

export const words = null;
