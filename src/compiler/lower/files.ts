/** The scope of a file: its own declarations and what it imports. */
import type { LoadedFile } from '../check/load';
import { Scope } from './scope';

const scopes = new WeakMap<LoadedFile, Scope>();

export function fileScope(file: LoadedFile): Scope {
  const known = scopes.get(file);
  if (known) return known;
  const scope = new Scope();
  for (const [name, { declaration, file: home }] of file.visible) {
    const value =
      declaration.kind === 'block'
        ? ({ kind: 'block', declaration, file: home } as const)
        : ({ kind: 'model', declaration, file: home } as const);
    scope.bind(name, value, declaration.name.span);
  }
  scopes.set(file, scope);
  return scope;
}
