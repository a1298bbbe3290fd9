/** The reference evaluator as a backend. It runs programs without rewrites, so that it can check rewrites too. */
// Tested by test/backends/open.test.ts.
export { openReference as open } from './session';

export const words = null;
