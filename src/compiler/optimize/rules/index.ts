/** Every rewrite rule, gathered from the rule files by export. */
// Tested by test/compiler/optimize/rules/rules.test.ts.
import type { Rewrite } from '../rewrite';
import * as arithmetic from './arithmetic';
import * as broadcasts from './broadcasts';
import * as casts from './casts';
import * as movement from './movement';
import * as reductions from './reductions';

export const rules: readonly Rewrite[] = [arithmetic, broadcasts, casts, movement, reductions].flatMap((family) =>
  Object.values<Rewrite | readonly Rewrite[]>(family).flat(),
);
