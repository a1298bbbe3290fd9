/** An objective that is declared in the language, from the text that a recipe keeps of it. */
// Tested by test/train/declared-objective.test.ts.
import { bind } from '../../bind/bind';
import { declaredObjective } from '../../bind/rules/sections';
import { NameScope } from '../../bind/scope';
import type { Diagnostic } from '../../diagnostics/diagnostic';
import { WeftError } from '../../diagnostics/diagnostic';
import { renderText } from '../../diagnostics/render';
import { loadSpec } from '../../link/load';
import { parseGiven } from '../../lower/givens/parse';
import type { ModelGraph } from '../../lower/model';
import { elaborateObjective, type ElaboratedObjective, type StepInputs } from '../../lower/objective/elaborate';
import { words } from '../../lower/words/index';
import type { DeclaredObjective } from '../../recipe/objectives';

/** Such an objective without anything wrong. */
export type SoundObjective = ElaboratedObjective & { readonly loss: NonNullable<ElaboratedObjective['loss']> };

export function soundObjective(model: ModelGraph, { call, text }: DeclaredObjective, step: StepInputs): SoundObjective {
  const name = 'the objective of the recipe';
  const linked = loadSpec(name, (path) => (path === name ? text : null));
  const [file] = linked.files;
  const { value } = parseGiven('objective', call);
  const declaration = declaredObjective(file, value);
  if (!declaration) throw new WeftError(`The recipe does not hold the text of its objective ${call}.`);
  const bound = bind(linked.files, words);
  const unbound = bound.bindLoose({ value, home: file, locals: new NameScope() });
  refuse([...linked.diagnostics, ...bound.diagnostics, ...unbound]);
  const made = elaborateObjective(model, { declaration, call: value, names: bound.names }, step);
  refuse(made.diagnostics);
  const { loss } = made;
  if (!loss) throw new WeftError(`The objective ${call} gives no loss.`);
  return { ...made, loss };
}

function refuse(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new WeftError(renderText(errors).trimEnd());
}
