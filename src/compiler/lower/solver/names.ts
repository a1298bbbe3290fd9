/** The names that only a `solver` or a `guidance` has, besides its parameters and the words of the language. */
// Tested by test/docs/reference.test.ts.
export const solverNames = ['noisy', 'index', 'velocity', 'normal', 'noise_time', 'data_time', 'betas'] as const;

export const guidanceNames = ['noisy', 'time', 'index', 'steps', 'branch', 'noise_time', 'data_time'] as const;
