/** The names that an `optimizer` has beside those of the language and its parameters. */
// Tested by test/docs/reference.test.ts.
export const optimizerNames = ['weight', 'gradient', 'step', 'label', 'looked_up', 'decays', 'matches'] as const;
