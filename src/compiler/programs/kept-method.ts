/** Objectives and optimisers of the language, from the texts that recipes keep of them. */
// Tested by test/train/declared-objective.test.ts.
import { bind } from '../bind/bind';
import { declaredMethod } from '../bind/rules/sections';
import { NameScope } from '../bind/scope';
import { WeftError, type Diagnostic } from '../diagnostics/diagnostic';
import { renderText } from '../diagnostics/render';
import { loadSpec } from '../link/load';
import { parseGiven } from '../lower/givens/parse';
import type { MethodCall } from '../lower/method';
import { words } from '../lower/words/index';
import type { Declared } from '../recipe/declared';
import type { MethodDeclaration } from '../syntax/ast';

export function keptMethod<K extends MethodDeclaration['kind']>(
  kind: K,
  { call, text }: Declared,
): MethodCall<Extract<MethodDeclaration, { kind: K }>> {
  const name = `the ${kind} of the recipe`;
  const linked = loadSpec(name, (path) => (path === name ? text : null));
  const [file] = linked.files;
  const { value } = parseGiven(kind, call);
  const declaration = declaredMethod(file, kind, value);
  if (!declaration) throw new WeftError(`The recipe does not hold the text of its ${kind} ${call}.`);
  const bound = bind(linked.files, words);
  const locals = new NameScope();
  if (kind === 'optimizer') locals.bind('rate', 'parameter', value.span);
  const unbound = bound.bindLoose({ value, home: file, locals });
  refuseErrors([...linked.diagnostics, ...bound.diagnostics, ...unbound]);
  return { declaration, call: value, names: bound.names };
}

export function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new WeftError(renderText(errors).trimEnd());
}
