/** `optimizer` of a recipe: one that is built in, or one that is declared in the language. */
// Tested by test/compiler/lower/optimizer/elaborate.test.ts.
import { bindCall, writtenArguments } from '../bind/bind-call';
import { declaredSignature } from '../bind/signature';
import { diagnose } from '../diagnostics/diagnostic';
import { keepsAverage } from '../lower/optimizer/keeps-average';
import { optimizers, type Optimizer } from '../programs/optimizers/index';
import { rate } from '../programs/optimizers/optimizer';
import type { Expression, MethodDeclaration } from '../syntax/ast';
import { oneOf } from './choices';
import type { ReadMethod } from './declared';
import { Field, type Reading } from './field';

export function optimizerField(declared: ReadMethod = () => null): Field<Optimizer, false> {
  const builtIn = oneOf(
    'how weights follow their gradients; or an `optimizer` of the file, or of std/optimizers',
    optimizers,
  );
  const read = (e: Expression, reading: Reading): Optimizer | undefined => {
    const found = declared('optimizer', optimizers, e, reading);
    if (found === null) return builtIn.read(e, reading);
    const given = found && rateOf(found.declaration, e, reading);
    if (!found || given === undefined) return undefined;
    const averages = found.declaration.kind === 'optimizer' && keepsAverage(found.declaration);
    return { ...found.kept, rate: given, ...(averages && { averages }) };
  };
  return new Field(builtIn.doc, builtIn.takes, read, false);
}

/** The learning rate that a recipe gives, or the declaration's own; it is what hosts change from step to step. */
function rateOf({ name, parameters }: MethodDeclaration, e: Expression, reading: Reading): number | undefined {
  const parameter = parameters.find((p) => p.name.name === 'rate');
  if (!parameter) {
    reading.report(diagnose('optimizer-rate', name.span, { name: name.name }));
    return undefined;
  }
  const args = e.kind === 'call' ? writtenArguments(e.args) : [];
  const { given } = bindCall(declaredSignature(name.name, parameters), args, e.span);
  const written = given.get('rate')?.value ?? parameter.default;
  // One that is missing has been reported with the other arguments.
  return written ? reading.argument(name.name, 'rate').value(rate, written) : undefined;
}
