/** A train section while it is checked: as it is written, and as it was read or changed by hand. */
// Tested by test/cli/problem-places.test.ts.
import type { ModelGraph } from '../lower/model';
import { sourceNamed } from '../recipe/data/index';
import type { SourceChoice } from '../recipe/data/source';
import type { TrainRecipe } from '../recipe/index';
import type { Place } from '../sections/schema';
import type { Span } from '../source';
import type { SectionDeclaration } from '../syntax/ast';

export interface Training {
  readonly section: SectionDeclaration;
  /** The places of its settings; null for one that is not written, or that was changed by hand. */
  readonly place: Place;
  /** Null if the section has errors of its own. */
  readonly recipe: TrainRecipe | null;
  /** A model that it trains. */
  readonly model: ModelGraph;
  /** Whether that is a case of a study. */
  readonly isStudied?: boolean;
}

/** Where the section begins: the place of what is not written in it. */
export function startOf({ name, span }: SectionDeclaration): Span {
  return name?.span ?? span;
}

/** The source of the training data; null if there is none, or an unknown one. */
export function dataOf({ section, place, recipe }: Omit<Training, 'model'>): {
  readonly name: string;
  readonly source: SourceChoice;
  readonly span: Span;
} | null {
  const value = place('data');
  const callee = value?.kind === 'call' ? value.callee : value;
  const name = callee ? (callee.kind === 'name' ? callee.name : null) : recipe?.data?.kind;
  const source = name ? sourceNamed(name) : null;
  return name && source ? { name, source, span: value?.span ?? startOf(section) } : null;
}
