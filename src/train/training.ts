/** A model in training: with a recipe, and a session that has its weights. */
import type { Session } from '../backends/session';
import type { Program } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import type { BucketModel } from './open-buckets';
import type { Stage } from '../compiler/recipe/stages';

export interface Training {
  readonly session: Session;
  readonly model: ModelGraph;
  readonly recipe: TrainRecipe;
  /** The train step; that of the first bucket, if there are buckets. */
  readonly program: Program;
  /** The models of the recipe's buckets, with their batches; absent without buckets. */
  readonly buckets?: readonly BucketModel[];
  /** Steps that are done before and after the stage of the run that this trains. */
  readonly stage: Pick<Stage, 'from' | 'until'>;
  /** Whether the session itself computes a batch in parts. */
  readonly sharesStep?: boolean;
}
