/** A limit on what the sections of a file cost to check with their models, so that a check of many sections of a long model ends. */
import { topological } from '../ir/graph';
import { workDone } from '../lower/budget';
import type { ModelGraph } from '../lower/model';

/** Limit for all sections of a file together, in the steps that `Budget` counts: twelve times what the shipped file with the most takes. */
const mostSpent = 50_000;
/** How many values of a model are walked over in the time of one step. */
const valuesInStep = 10;

export class SectionWork {
  private readonly begun = workDone();
  private walked = 0;
  private isTold = false;
  private readonly sizes = new Map<ModelGraph, number>();

  /** Counts a section that is checked with this model: what walks over the model, and `more` steps beside elaboration. */
  add(model: ModelGraph, more = 0): void {
    const size = this.sizes.get(model) ?? topological(Object.values(model.outputs)).length;
    this.sizes.set(model, size);
    this.walked += size / valuesInStep + more;
  }

  /** False the first time that it is asked. */
  hasTold(): boolean {
    const { isTold } = this;
    this.isTold = true;
    return isTold;
  }

  get isSpent(): boolean {
    return workDone() - this.begun + this.walked > mostSpent;
  }
}
