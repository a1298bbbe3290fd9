/** Calls a block of the language's library on tensors of a program. */
// Tested by test/compiler/programs/objectives/repa.test.ts.
import type { Dim } from '../ir/dims';
import { constant, Value, type NdArray, type Variable } from '../ir/graph';
import { held, invariant } from '../invariant';
import { applyCallee } from '../lower/calls';
import { withinLimits } from '../lower/elaborate';
import { parseGiven } from '../lower/givens/parse';
import { newContext } from '../lower/interpreter';
import { numberValue, tensorValue, type Evaluated } from '../lower/values';
import { keptFile, refuseErrors } from './kept-method';

/** A block, with the label of its weights. */
export interface ShippedBlock {
  readonly name: string;
  /** The text of the file that declares it. */
  readonly text: string;
  readonly label: string;
}

/** The block, applied to tensors with this batch axis in front, to numbers and to tables, in the order of its parameters. Throws what it requires and does not get. */
export function callShippedBlock(
  { name, text, label }: ShippedBlock,
  batch: Dim,
  args: readonly (Value | number | NdArray)[],
): { readonly value: Value; readonly weights: readonly Variable[] } {
  const { file, bound } = keptFile(`std/${label}`, text);
  const { declaration } = held(file.visible, name);
  invariant(declaration.kind === 'block', `${name} is no block`);
  const site = parseGiven(label, name).value;
  const passed = args.map((arg) => ({
    name: null,
    value: argument(arg),
    span: site.span,
  }));
  const ctx = newContext(bound.names, { batch });
  const found = withinLimits(ctx, () =>
    applyCallee(ctx, { callee: { kind: 'block', declaration }, args: passed, site }, label),
  );
  refuseErrors(ctx.diagnostics);
  invariant(found.kind === 'tensor', `${name} gives no tensor`);
  return { value: found.value, weights: [...ctx.weights.values()].map((w) => w.variable) };
}

function argument(arg: Value | number | NdArray): Evaluated {
  if (typeof arg === 'number') return numberValue(arg);
  return arg instanceof Value ? tensorValue(arg, true) : tensorValue(constant(arg), false);
}
