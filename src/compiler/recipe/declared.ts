/** Objectives, optimisers, solvers and guidances that are declared in the language, as recipes keep them. */
// Tested by test/train/declared-objective.test.ts.
import type { Expression, MethodDeclaration } from '../syntax/ast';
import type { Reading } from './field';

/** How the recipe names it, and the text of the declaration and of all that it uses. */
export interface Declared {
  readonly kind: 'declared';
  readonly call: string;
  readonly text: string;
}

/** A number of a method that those who run it may change, so that it is no part of what is kept. */
export const hostParameters: { readonly [K in MethodDeclaration['kind']]: string | null } = {
  objective: null,
  optimizer: 'rate',
  solver: 'steps',
  guidance: null,
};

export interface ReadDeclared {
  readonly kept: Declared;
  readonly declaration: MethodDeclaration;
}

/** Reads one that is declared: null for one of the `builtIn`, undefined after it said what is wrong. */
export type ReadMethod = (
  kind: MethodDeclaration['kind'],
  builtIn: object,
  e: Expression,
  reading: Reading,
) => ReadDeclared | null | undefined;
