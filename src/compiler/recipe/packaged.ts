/** Weights that a recipe takes by name: those of the packaged encoders of images, which are downloaded if they are missing. */
// Tested by test/train/packaged-weights.test.ts.

/** The names, which stand in place of a file. */
export const packagedWeights = ['efficientnet_lite0'] as const;

export type PackagedWeights = (typeof packagedWeights)[number];

export function isPackaged(weights: string): weights is PackagedWeights {
  return packagedWeights.some((name) => name === weights);
}
