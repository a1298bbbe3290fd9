/** The kinds of method declarations, by the settings that name them. */
// Tested by test/diagnostics/cases.test.ts.
import type { Declaration, MethodDeclaration } from './ast';

export const methodKinds: { readonly [K in MethodDeclaration['kind']]: string } = {
  objective: 'an objective',
  optimizer: 'an optimizer',
  solver: 'a solver',
  guidance: 'a guidance',
};

export function isMethodKind(name: string): name is MethodDeclaration['kind'] {
  return Object.hasOwn(methodKinds, name);
}

export function isMethod(d: Declaration): d is MethodDeclaration {
  return isMethodKind(d.kind);
}
