/** The ordered list of passes between differentiation and a backend. */
import type { Program } from '../ir/graph';
import { cse } from './cse';
import { dce } from './dce';
import { foldConstants } from './fold-constants';
import type { Pass } from './map-values';
import { simplify } from './simplify';

/** Folding opens ways for rules and rules for sharing, so the round is run twice. */
export const pipeline: readonly Pass[] = [cse, simplify, foldConstants, cse, simplify, foldConstants, cse, dce];

/** The same program with less to compute. */
export function optimize(program: Program): Program {
  return pipeline.reduce((current, pass) => pass.run(current), program);
}
