/** The names that only an `optimizer` has, besides its parameters and the words of the language. */
// Tested by test/docs/reference.test.ts.
export const optimizerNames = ['weight', 'gradient', 'step', 'label', 'looked_up', 'decays', 'matches'] as const;
