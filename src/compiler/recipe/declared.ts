/** The form in which recipes keep objectives, optimisers, solvers and guidances that are declared in the language. */
// Tested by test/train/declared-objective.test.ts.
import type { Expression, MethodDeclaration } from '../syntax/ast';
import type { Reading } from './field';

/** The call in the recipe, and the text of the declaration and of all declarations that it uses. */
export interface Declared {
  readonly kind: 'declared';
  readonly call: string;
  readonly text: string;
}

/** The parameter of a method that can be changed when it runs, so that its value is not part of the kept call. */
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

/** Reads a declared method: null for one of the `builtIn`, undefined if it is wrong, after the error is reported. */
export type ReadMethod = (
  kind: MethodDeclaration['kind'],
  builtIn: object,
  e: Expression,
  reading: Reading,
) => ReadDeclared | null | undefined;
