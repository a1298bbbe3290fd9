/** Many problems as one: opening a program takes longer than running it. */
import type { HostTensors } from '../../src/backends/session';
import { inputName } from '../../src/backends/host';
import { input, rootsOf, type Program, type Value } from '../../src/compiler/ir/graph';
import { substitute } from '../../src/compiler/ir/substitute';
import type { Problem } from './problem';

export interface Joined {
  readonly program: Program;
  readonly inputs: HostTensors;
  readonly weights: HostTensors;
}

/** One program with all inputs and outputs, each behind the name of its problem's program: `m3.velocity`. */
export function joined(problems: readonly Problem[]): Joined {
  const inputs: { [name: string]: HostTensors[string] } = {};
  const leaves: Value[] = [];
  const outputs = problems.flatMap(({ program, inputs: given }) => {
    const own = program.inputs.map((v): [Value, Value] => {
      const name = `${program.name}.${inputName(v)}`;
      inputs[name] = given[inputName(v)];
      const leaf = input(name, v.shape, v.dtype);
      leaves.push(leaf);
      return [v, leaf];
    });
    const roots = substitute(rootsOf(program), new Map(own));
    return Object.keys(program.outputs).map((name, i): [string, Value] => [`${program.name}.${name}`, roots[i]]);
  });
  return {
    program: { name: 'all', inputs: leaves, outputs: Object.fromEntries(outputs), updates: [] },
    inputs,
    weights: Object.assign({}, ...problems.map((p) => p.weights)) as HostTensors,
  };
}
