/** Rebuilds a program value by value, operands first; every pass uses this loop. */
// Tested by test/compiler/optimize/pipeline.test.ts.
import { rootsOf, Value, type Program } from '../ir/graph';
import { transform } from '../ir/substitute';

/** A pass: a pure function from program to program that preserves its meaning. */
export interface Pass {
  readonly name: string;
  readonly doc: string;
  readonly run: (program: Program) => Program;
}

/** The program with each value replaced by the result of `visit`; `visit` gets a value whose operands were visited before. */
export function mapValues(program: Program, visit: (v: Value) => Value): Program {
  return withRoots(
    program,
    transform(rootsOf(program), new Map(), (v, inputs) => visit(withInputs(v, inputs))),
  );
}

/** The program with other values at its outputs and updates, in the order of `rootsOf`. */
export function withRoots(program: Program, roots: readonly Value[]): Program {
  const names = Object.keys(program.outputs);
  return {
    ...program,
    outputs: Object.fromEntries(names.map((name, i) => [name, roots[i]])),
    updates: program.updates.map(({ variable }, i) => ({ variable, value: roots[names.length + i] })),
  };
}

/** Replacements keep types, so the type of the result does not change and need not be inferred again. */
function withInputs(v: Value, inputs: readonly Value[]): Value {
  if (inputs.every((x, i) => x === v.inputs[i])) return v;
  return new Value(v.op, inputs, v.attrs, v.type, v.leaf, v.scope);
}
