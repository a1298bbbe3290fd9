/** The ordered list of passes between differentiation and a backend. */
import type { Program } from '../ir/graph';
import { cse } from './cse';
import { dce } from './dce';
import { expandFor, type Vocabulary } from './expand';
import { foldConstants } from './fold-constants';
import type { Pass } from './map-values';
import { simplify } from './simplify';

/** Folding makes more rules match, and rules make more values equal, so the round runs twice. */
const rounds: readonly Pass[] = [cse, simplify, foldConstants, cse, simplify, foldConstants, cse, dce];

/** The passes in order; for a backend, composites without a word are expanded first. */
export function pipelineFor(words: Vocabulary | null): readonly Pass[] {
  return words === null ? rounds : [expandFor(words), ...rounds];
}

/** An equivalent program that computes less: for any backend, or prepared for the backend with `words`. */
export function optimize(program: Program, words: Vocabulary | null = null): Program {
  return pipelineFor(words).reduce((current, pass) => pass.run(current), program);
}
