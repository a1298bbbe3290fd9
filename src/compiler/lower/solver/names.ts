/** The names that a `solver` and a `guidance` have beside those of the language and their parameters. */
// Tested by test/docs/reference.test.ts.
export const solverNames = ['noisy', 'index', 'velocity', 'normal', 'noise_time', 'data_time'] as const;

export const guidanceNames = ['noisy', 'time', 'index', 'steps', 'branch', 'noise_time', 'data_time'] as const;
