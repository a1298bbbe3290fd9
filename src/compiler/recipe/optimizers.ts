/** `optimizer` of a recipe: a built-in one, or one that is declared in the language. */
// Tested by test/compiler/lower/optimizer/elaborate.test.ts.
import { bindCall, writtenArguments } from '../bind/bind-call';
import { decayRange, nonNegativeRange, positiveRange } from '../bind/number-range';
import { declaredSignature } from '../bind/signature';
import { diagnose } from '../diagnostics/diagnostic';
import { keepsAverage } from '../lower/optimizer/keeps-average';
import type { Expression, MethodDeclaration } from '../syntax/ast';
import type { Averages } from './averages';
import { oneOf } from './choices';
import { decayGroup, splitDecay } from './decay';
import type { Declared, ReadMethod } from './declared';
import { Field, type Choice, type Chosen, type ParametersOf, type Reading } from './field';
import { number, pair, triple } from './fields';

export const rate = number('learning rate', nonNegativeRange);
const decay = number(
  'decoupled weight decay; `decay(0.1, except: "*norm*, *.bias")` leaves out weights with some labels',
  nonNegativeRange,
).or(0);
const eps = number('added to the square root of the second moment', positiveRange).or(1e-8);
const betasDoc = 'decay rates of the moments';

/** The parameters of the built-in optimisers; std/optimizers declares them under the same names. */
export const optimizers = {
  adamw: {
    doc: 'Adam with decoupled weight decay.',
    examples: ['adamw(rate: 1e-4, decay: 0.01)', 'adamw(rate: 1e-4, decay: decay(0.1, except: "*.bias, label"))'],
    parameters: { rate, betas: pair(betasDoc, decayRange).or([0.9, 0.999]), decay, eps },
  },
  came: {
    doc: 'CAME: factored second moments, with smaller updates where they are unstable (arXiv 2307.02047).',
    examples: ['came(rate: 2e-4)'],
    parameters: {
      rate,
      betas: triple(betasDoc, decayRange).or([0.9, 0.999, 0.9999]),
      decay,
      eps: pair('added to squared gradients, and to the squared instability of updates', positiveRange).or([
        1e-30, 1e-16,
      ]),
      clip: number("largest root mean square of a tensor's update", positiveRange).or(1),
    },
  },
  muon: {
    doc: 'Muon: orthogonalised momentum for matrices, AdamW for all other weights.',
    examples: ['muon(rate: 3e-3)'],
    parameters: {
      rate,
      momentum: number('decay rate of the momentum', decayRange).or(0.95),
      decay,
      steps: number('number of Newton–Schulz iterations', { whole: true, min: 1, max: 20 }).or(5),
      betas: pair(betasDoc, decayRange).or([0.9, 0.95]),
      eps,
    },
  },
} satisfies { readonly [name: string]: Choice };

/** An optimiser that a file declares, with the learning rate that the recipe gives it. */
export interface DeclaredOptimizer extends Declared {
  readonly rate: number;
  /** Whether it keeps its own averages of the weights; absent if it does not. */
  readonly averages?: true;
}

interface DecayGroups {
  /** Patterns of the labels whose weights do not decay; absent if all do. */
  readonly decayExcept?: readonly string[];
}

/** The optimiser of a recipe. */
export type Optimizer = (Chosen<ParametersOf<typeof optimizers>> | DeclaredOptimizer) & DecayGroups;

/** The name of an optimiser in the recipe. */
export function optimizerName(optimizer: Optimizer): string {
  return optimizer.kind === 'declared' ? optimizer.call.replace(/\(.*/s, '') : optimizer.kind;
}

/** Whether the recipe or its optimiser keeps averages of the weights. */
export function keepsAverages({
  ema,
  optimizer,
}: {
  readonly ema: Averages | null;
  readonly optimizer: Optimizer;
}): boolean {
  return ema !== null || (optimizer.kind === 'declared' && optimizer.averages === true);
}

export function optimizerField(declared: ReadMethod = () => null): Field<Optimizer, false> {
  const builtIn = oneOf(
    'how the weights are updated: by one of these, or by an `optimizer` that this file or std/optimizers declares',
    optimizers,
  );
  const withoutGroups = (e: Expression, reading: Reading): Optimizer | undefined => {
    const found = declared('optimizer', optimizers, e, reading);
    if (found === null) return builtIn.read(e, reading);
    const given = found && rateOf(found.declaration, e, reading);
    if (!found || given === undefined) return undefined;
    const averages = found.declaration.kind === 'optimizer' && keepsAverage(found.declaration);
    return { ...found.kept, rate: given, ...(averages && { averages }) };
  };
  const read = (e: Expression, reading: Reading): Optimizer | undefined => {
    const { call, group } = splitDecay(e);
    if (!group) return withoutGroups(e, reading);
    const optimizer = withoutGroups(call, reading);
    const groups = decayGroup.read(group, reading.argument('optimizer', 'decay'));
    return optimizer && groups && { ...optimizer, decayExcept: groups.except };
  };
  return new Field(builtIn.doc, builtIn.takes, read, false);
}

/** The learning rate that a recipe gives, or the declaration's default. It is stored apart, since it changes from step to step. */
function rateOf({ name, parameters }: MethodDeclaration, e: Expression, reading: Reading): number | undefined {
  const parameter = parameters.find((p) => p.name.name === 'rate');
  if (!parameter) {
    reading.report(diagnose('optimizer-rate', name.span, { name: name.name }));
    return undefined;
  }
  const args = e.kind === 'call' ? writtenArguments(e.args) : [];
  const { given } = bindCall(declaredSignature(name.name, parameters), args, e.span);
  const written = given.get('rate')?.value ?? parameter.default;
  // A missing rate was reported with the other arguments.
  return written ? reading.argument(name.name, 'rate').value(rate, written) : undefined;
}
