/** The text form of a program: one value a line, numbered in the order of evaluation. */
import { SymbolicDim, formatDim, formatShape } from './dims';
import {
  operandsFirst,
  rootsOf,
  type Initializer,
  type Program,
  type TensorType,
  type Value,
  type Variable,
} from './graph';
import { fnv1a } from './fnv';

/**
 * ```
 * program loss
 *   %0: f32[batch, 4] = input x
 *   %1: f32[8, 4] = weight mlp.weight, normal(0.02)
 *   %2: f32[batch, 8] = linear(%0, %1)
 *   %3: f32[] = reduce_mean(%2) {axes: [0, 1]}
 *   return loss = %3
 * ```
 */
export function printProgram(program: Program): string {
  const roots = [...program.inputs, ...rootsOf(program), ...program.updates.map((u) => u.variable)];
  const { lines, name } = numbered(roots);
  const results = Object.entries(program.outputs).map(([key, v]) => `return ${key} = ${name(v)}`);
  const updates = program.updates.map((u) => `update ${u.variable.leaf.name} = ${name(u.value)}`);
  return [`program ${program.name}`, ...[...lines, ...results, ...updates].map((line) => `  ${line}`), ''].join('\n');
}

/** The lines for `values` and all they need, without the initial values of variables: equal text means the same function of inputs and weights. */
export function printComputation(values: readonly Value[]): string {
  const { lines, name } = numbered(values, (leaf) => `${leaf.role} ${leaf.name}`);
  return [...lines, values.map(name).join(' ')].join('\n');
}

/** The lines for `values` and all they need, without a program around them. */
export function printValues(values: readonly Value[]): string {
  return numbered(values).lines.join('\n');
}

export function formatType({ dtype, shape }: TensorType): string {
  return `${dtype}${formatShape(shape)}`;
}

function numbered(
  roots: readonly Value[],
  variable: ShowVariable = withStart,
): { lines: string[]; name: (v: Value) => string } {
  const order = operandsFirst(roots, new Set());
  const numbers = new Map(order.map((v, i) => [v, i]));
  const name = (v: Value): string => `%${numbers.get(v)}`;
  return { lines: order.map((v) => `${name(v)}: ${formatType(v.type)} = ${definition(v, name, variable)}`), name };
}

type ShowVariable = (leaf: Variable['leaf']) => string;

function withStart({ role, name, init }: Variable['leaf']): string {
  return `${role} ${name}, ${formatInitializer(init)}`;
}

function definition(v: Value, name: (v: Value) => string, variable: ShowVariable): string {
  if (v.op) return `${v.op.opName}(${v.inputs.map(name).join(', ')})${formatAttrs(v.attrs)}`;
  const { leaf } = v;
  switch (leaf?.kind) {
    case 'input':
      return `input ${leaf.name}`;
    case 'variable':
      return variable(leaf);
    case 'constant':
      return `constant ${formatData(leaf.data.data)}`;
    case undefined:
      return 'hole';
  }
}

function formatInitializer(init: Initializer): string {
  switch (init.kind) {
    case 'zeros':
    case 'ones':
      return init.kind;
    case 'constant':
      return `constant(${init.value})`;
    case 'table':
      return `table(${formatData(init.data.data)})`;
    case 'normal':
      return `normal(${init.std})`;
    case 'uniform':
      return `uniform(${init.bound})`;
  }
}

/** Short constants in full; long ones by their first elements and a checksum, so that equal text means equal elements. */
function formatData(data: Float64Array): string {
  if (data.length <= 8) return data.join(' ');
  const words = new Uint32Array(data.slice().buffer);
  const hash = fnv1a(words) >>> 0;
  return `${data.slice(0, 4).join(' ')} … (${data.length} elements, ${hash.toString(16).padStart(8, '0')})`;
}

function formatAttrs(attrs: object): string {
  const entries = Object.entries(attrs).filter(([, a]) => a !== undefined);
  return entries.length === 0 ? '' : ` {${entries.map(([k, a]) => `${k}: ${formatAttr(a)}`).join(', ')}}`;
}

function formatAttr(attr: unknown): string {
  if (attr instanceof SymbolicDim) return formatDim(attr);
  if (Array.isArray(attr)) return `[${attr.map(formatAttr).join(', ')}]`;
  if (typeof attr === 'object' && attr !== null) return formatAttrs(attr).trim();
  return String(attr);
}
