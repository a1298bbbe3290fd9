/** The ordered list of passes between differentiation and a backend. */
import type { Program } from '../ir/graph';
import { cse } from './cse';
import { dce } from './dce';
import { expandFor, type Vocabulary } from './expand';
import { foldConstants } from './fold-constants';
import type { Pass } from './map-values';
import { simplify } from './simplify';

/** Folding opens ways for rules and rules for sharing, so the round is run twice. */
const rounds: readonly Pass[] = [cse, simplify, foldConstants, cse, simplify, foldConstants, cse, dce];

/** The passes in order; for a backend, composites it has no word for are written out first. */
export function pipelineFor(words: Vocabulary | null): readonly Pass[] {
  return words === null ? rounds : [expandFor(words), ...rounds];
}

/** The same program with less to compute, on any backend or made ready for one. */
export function optimize(program: Program, words: Vocabulary | null = null): Program {
  return pipelineFor(words).reduce((current, pass) => pass.run(current), program);
}
