/** The names and bodies of every kind of statement, for all code that walks bodies. */
// Tested by test/compiler/bind/bind.test.ts.
import { assertNever } from '../invariant';
import type { Body, Identifier, Statement } from './ast';

/** The names that a statement itself binds; names bound in the branches of an `if` belong to its bodies. */
export function namesOf(s: Statement): readonly Identifier[] {
  switch (s.kind) {
    case 'let':
      return s.names;
    case 'tap':
    case 'input':
    case 'output':
    case 'pathway':
      return [s.name];
    case 'require':
    case 'if-statement':
      return [];
    default:
      return assertNever(s);
  }
}

/** The bodies of a statement: the branches of an `if`, whose names are visible after it, or that of a pathway, whose names are local. */
export function bodiesOf(s: Statement): readonly Body[] {
  if (s.kind === 'pathway') return [s.body];
  return s.kind === 'if-statement' ? [s.then, ...(s.otherwise ? [s.otherwise] : [])] : [];
}

/** The bodies of a statement, and those of the statements inside its branches. */
export function withBranchBodies(s: Statement): readonly Body[] {
  return bodiesOf(s).flatMap((body) => [body, ...body.statements.flatMap(withBranchBodies)]);
}

/** The statements of a body in order, each `if` followed by the statements in its branches. */
export function withBranches(body: Body | null): readonly Statement[] {
  return (body?.statements ?? []).flatMap((s) =>
    s.kind === 'if-statement' ? [s, ...bodiesOf(s).flatMap(withBranches)] : [s],
  );
}

/** Whether a body, or a branch of it, has an output of this name; a body that has none is reported when names are bound. */
export function givesOutput(body: Body, name: string): boolean {
  return withBranches(body).some((s) => s.kind === 'output' && s.name.name === name);
}
