/** The names that only an `objective` has, besides the words of the language. */
// Tested by test/compiler/lower/objective/elaborate.test.ts.
export const objectiveNames = [
  'image',
  'model',
  'average',
  'start',
  'encoded',
  'teacher',
  'noise_time',
  'data_time',
  'predicts',
  'path',
  'betas',
  'normal',
  'uniform',
  'downsample',
  'random_mask',
  'jvp',
  'over_batch',
] as const;

export type ObjectiveName = (typeof objectiveNames)[number];
