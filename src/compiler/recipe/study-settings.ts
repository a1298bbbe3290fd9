/** Settings that only a study's recipe has a use for. */
// Tested by test/diagnostics/cases.test.ts.
export const studySettings: readonly string[] = ['seeds', 'score'];
