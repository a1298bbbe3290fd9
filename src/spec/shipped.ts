/** The location of the specs that are shipped with Weft. */
// Tested by test/specs/shipped.test.ts.
import { join } from 'node:path';
import { packageRoot } from '../files/package-root';

/** Absolute path of the shipped `specs/`: `pixeldit.weft`, `examples/`, `peers/`, and `std/`, which every spec imports from. */
export const specsFolder = join(packageRoot(), 'specs');
