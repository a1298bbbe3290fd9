/** Checks names of models and of their hyper-parameters, whether a file, the command line or a program gives them. */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { suggest } from '../diagnostics/suggest';
import type { LoadedFile, NamedDeclaration } from '../link/load';
import type { Argument, Identifier, ModelDeclaration } from '../syntax/ast';
import { bindCall, writtenArguments } from './bind-call';
import { matchCall } from './match-call';
import type { Names } from './names';
import { declaredSignature, type Signature } from './signature';

/** The diagnostic for a name that is not one of the models `known`. */
export function unknownModel({ name, span }: Identifier, known: () => readonly string[]): Diagnostic {
  return diagnose('unknown-model', span, () => {
    const names = known();
    return { name, suggestion: suggest(name, names).join(' or '), known: names.join(', ') };
  });
}

/** The names of models and variants that a file declares or imports. */
export function visibleModels(file: LoadedFile): string[] {
  return [...file.visible].flatMap(([name, { declaration }]) => (isModelLike(declaration) ? [name] : []));
}

/** Whether a declaration is a model or a variant, and not, for example, a block or an objective. */
export function isModelLike({ kind }: NamedDeclaration): boolean {
  return kind === 'model' || kind === 'variant';
}

/** Checks the hyper-parameters in a call of a model. */
export function checkHyperparameters(model: ModelDeclaration, args: readonly Argument[]): readonly Diagnostic[] {
  return bindCall(hyperparametersOf(model), writtenArguments(args), model.span).diagnostics;
}

/** Matches the hyper-parameters in a call of a model that is written in a file. */
export function matchHyperparameters(
  names: Names,
  model: ModelDeclaration,
  args: readonly Argument[],
): ReturnType<typeof matchCall> {
  return matchCall(names, hyperparametersOf(model), { args, span: model.span });
}

/** Checks a hyper-parameter that is named outside a call. */
export function checkHyperparameter(model: ModelDeclaration, name: Identifier): readonly Diagnostic[] {
  return bindCall(hyperparametersOf(model), [{ name, span: name.span }], name.span).diagnostics;
}

/** Records that a name outside a call means a hyper-parameter, and checks it. */
export function matchHyperparameter(names: Names, model: ModelDeclaration, name: Identifier): readonly Diagnostic[] {
  names.settleArgument(hyperparametersOf(model), name);
  return checkHyperparameter(model, name);
}

function hyperparametersOf(model: ModelDeclaration): Signature {
  return declaredSignature(model.name.name, model.parameters, 'hyper-parameters');
}
