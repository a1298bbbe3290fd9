/** The invariants of every program; checked after each pass in tests. */
import { shapesEqual, staticSize, isStatic } from './dims';
import { operandsFirst, isVariable, rootsOf, type Program, type Value } from './graph';
import { formatType } from './print';

/** Everything wrong with a program, as messages; empty for a valid one. */
export function verify(program: Program): string[] {
  const order = operandsFirst([...program.inputs, ...rootsOf(program)], new Set());
  const leaves = [...order, ...program.updates.map((u) => u.variable)];
  return [
    ...order.flatMap(valueFaults),
    ...program.inputs.flatMap((v) =>
      v.leaf?.kind === 'input' ? [] : [`an input of the program is no input leaf: ${describe(v)}`],
    ),
    ...undeclaredInputs(order, program),
    ...sharedNames(leaves, 'input'),
    ...sharedNames(leaves, 'variable'),
    ...updateFaults(program),
  ];
}

function valueFaults(v: Value): string[] {
  if (v.op && v.leaf) return [`${describe(v)} is both a leaf and the result of an op`];
  if (v.leaf?.kind === 'constant') return constantFaults(v);
  if (!v.op) return v.leaf ? [] : ['a pattern hole is left in the graph'];
  const { inputs: names, infer } = v.op;
  if (v.inputs.length !== names.length)
    return [`${describe(v)} has ${v.inputs.length} operands, expected ${names.length}`];
  try {
    const type = infer(
      v.inputs.map((x) => x.type),
      v.attrs,
    );
    if (type.dtype === v.dtype && shapesEqual(type.shape, v.shape)) return [];
    return [`${describe(v)} should be ${formatType(type)} by its shape rule`];
  } catch (error) {
    return [`${describe(v)}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function constantFaults(v: Value): string[] {
  if (v.leaf?.kind !== 'constant') return [];
  const { data, shape } = v.leaf.data;
  const sound = isStatic(v.shape) && shapesEqual(v.shape, shape) && data.length === staticSize(shape);
  return sound ? [] : [`a constant ${formatType(v.type)} holds ${data.length} elements`];
}

function undeclaredInputs(order: readonly Value[], program: Program): string[] {
  const declared = new Set(program.inputs);
  const missing = order.filter((v) => v.leaf?.kind === 'input' && !declared.has(v));
  return missing.map((v) => `${describe(v)} is used but not declared by the program`);
}

/** Messages for leaves of one kind that share a name: backends match leaves by name. */
function sharedNames(values: readonly Value[], kind: 'input' | 'variable'): string[] {
  const found = new Map<string, Value>();
  return values.flatMap((v) => {
    if (v.leaf?.kind !== kind) return [];
    const first = found.get(v.leaf.name) ?? v;
    found.set(v.leaf.name, first);
    return first === v ? [] : [`two ${kind}s are named ${v.leaf.name}`];
  });
}

function updateFaults(program: Program): string[] {
  const updated = new Set<Value>();
  return program.updates.flatMap(({ variable, value }) => {
    if (!isVariable(variable)) return [`an update stores into ${describe(variable)}, which is no variable`];
    const faults: string[] = [];
    if (updated.has(variable)) faults.push(`${variable.leaf.name} is updated twice`);
    updated.add(variable);
    if (value.dtype !== variable.dtype || !shapesEqual(value.shape, variable.shape)) {
      faults.push(`${variable.leaf.name} is ${formatType(variable.type)}, its update ${formatType(value.type)}`);
    }
    return faults;
  });
}

function describe(v: Value): string {
  const name =
    v.op?.opName ?? (v.leaf && 'name' in v.leaf ? `${v.leaf.kind} ${v.leaf.name}` : (v.leaf?.kind ?? 'hole'));
  return `${name} ${formatType(v.type)}`;
}
