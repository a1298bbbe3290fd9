/** The top-level nodes that hold, read, write, save, restore and initialise variables. */
// Tested by test/backends/tensorflow/session.test.ts.
import { staticShape } from '../../compiler/ir/dims';
import { drawName, type Initializer, type Variable } from '../../compiler/ir/graph';
import { chunksBySize } from '../chunks';
import { NodeList } from './node-list';
import { attr } from './proto';
import { tensorProto } from './tensor-data';
import { addAssign, addCast, addHandle, addRead } from './variables';
import { fnv1a } from '../../compiler/ir/fnv';

/** Node names through which a session reaches one variable. */
export interface VariablePort {
  readonly name: string;
  readonly shape: readonly number[];
  /** The type outside of the graph: half types become f32. */
  readonly dtype: 'f32' | 'i32' | 'bool';
  readonly handle: string;
  /** The node to fetch for reading. */
  readonly get: string;
  /** The node to feed with the new value; then fetch `set`. */
  readonly value: string;
  readonly set: string;
}

export interface StatePorts {
  readonly variables: readonly VariablePort[];
  /** The nodes to fetch for each task, and the nodes to feed for it. */
  readonly init: { readonly seed: string; readonly done: string };
  readonly save: { readonly prefix: string; readonly done: string };
  readonly restore: { readonly prefix: string; readonly done: string };
}

/** Bytes that are restored at a time, so that old and new state need not fit in memory together. */
const restoreChunkBytes = 256e6;

export function addState(list: NodeList, variables: readonly Variable[]): StatePorts {
  const ports = variables.map((variable) => addVariable(list, variable));
  return {
    variables: ports,
    init: addInit(list, variables, ports),
    save: addSave(list, variables, ports),
    restore: addRestore(list, variables, ports),
  };
}

function addVariable(list: NodeList, variable: Variable): VariablePort {
  const { name } = variable.leaf;
  const shape = staticShape(variable.shape);
  const inner = variable.dtype;
  const dtype = inner === 'bf16' || inner === 'f16' ? 'f32' : inner;
  const handle = addHandle(list, name, inner, shape);
  const read = { ref: addRead(list, `get/${name}`, handle, inner).value, dtype: inner };
  const get = addCast(list, `get/${name}/value`, read, dtype);
  const value = list.add(`set/${name}/value`, 'Placeholder', [], { dtype: attr.type(dtype), shape: attr.shape(shape) });
  // A fed tensor may share memory with the caller's array; a variable must own its values.
  const owned = list.add(`set/${name}/copy`, 'DeepCopy', [value], { T: attr.type(dtype) });
  const inside = { ref: addCast(list, `set/${name}/inner`, { ref: owned, dtype }, inner), dtype: inner };
  const store = addAssign(list, `set/${name}/store`, { handle, value: inside });
  return { name, shape, dtype, handle, get, value, set: done(list, `set/${name}`, [store]) };
}

function addInit(list: NodeList, variables: readonly Variable[], ports: readonly VariablePort[]): StatePorts['init'] {
  const seed = list.add('init/seed', 'Placeholder', [], { dtype: attr.type('i32'), shape: attr.shape([]) });
  const stores = variables.map((variable, i) => {
    const value = { ref: addInitialValue(list, variable, seed), dtype: variable.dtype };
    return addAssign(list, `init/${variable.leaf.name}`, { handle: ports[i].handle, value });
  });
  return { seed, done: done(list, 'init', stores) };
}

/** Every variable draws from its own stream, which the seed and its name choose, so adding one changes no other. */
function addInitialValue(list: NodeList, variable: Variable, seed: string): string {
  const { name, init } = variable.leaf;
  const { dtype } = variable;
  const shape = constant(list, `init/${name}/shape`, staticShape(variable.shape), 'i32');
  if (init.kind === 'table') {
    return list.add(`init/${name}/table`, 'Const', [], {
      dtype: attr.type(dtype),
      value: attr.tensor(tensorProto(init.data, dtype)),
    });
  }
  if (init.kind === 'zeros' || init.kind === 'ones' || init.kind === 'constant') {
    const value = list.add(`init/${name}/fill`, 'Const', [], {
      dtype: attr.type(dtype),
      value: attr.tensor(tensorProto({ shape: [], data: Float64Array.of(filler(init)) }, dtype)),
    });
    return list.add(`init/${name}/value`, 'Fill', [shape, value], {
      T: attr.type(dtype),
      index_type: attr.type('i32'),
    });
  }
  const stream = scalar(list, `init/${name}/stream`, hashName(drawName(variable)), 'i32');
  const key = list.add(`init/${name}/key`, 'Pack', [seed, stream], {
    N: attr.int(2),
    T: attr.type('i32'),
    axis: attr.int(0),
  });
  const op = init.kind === 'normal' ? 'StatelessRandomNormal' : 'StatelessRandomUniform';
  const types = { dtype: attr.type('f32'), T: attr.type('i32'), Tseed: attr.type('i32') };
  const draw = list.add(`init/${name}/draw`, op, [shape, key], types);
  const f32 = { T: attr.type('f32') };
  const factor = scalar(list, `init/${name}/factor`, init.kind === 'normal' ? init.std : 2 * init.bound, 'f32');
  let value = list.add(`init/${name}/scaled`, 'Mul', [draw, factor], f32);
  if (init.kind === 'uniform') {
    value = list.add(
      `init/${name}/centred`,
      'Sub',
      [value, scalar(list, `init/${name}/bound`, init.bound, 'f32')],
      f32,
    );
  }
  return addCast(list, `init/${name}/value`, { ref: value, dtype: 'f32' }, dtype);
}

function filler(init: Exclude<Initializer, { kind: 'normal' | 'uniform' | 'table' }>): number {
  switch (init.kind) {
    case 'zeros':
      return 0;
    case 'ones':
      return 1;
    case 'constant':
      return init.value;
  }
}

function addSave(list: NodeList, variables: readonly Variable[], ports: readonly VariablePort[]): StatePorts['save'] {
  const prefix = list.add('save/prefix', 'Placeholder', [], { dtype: attr.type('string'), shape: attr.shape([]) });
  // TensorFlow's operator refuses an empty list.
  const writes = variables.length > 0 ? [addWrite(list, prefix, variables, ports)] : [];
  return { prefix, done: done(list, 'save', writes) };
}

function addWrite(
  list: NodeList,
  prefix: string,
  variables: readonly Variable[],
  ports: readonly VariablePort[],
): string {
  const reads = variables.map((v, i) => addRead(list, `save/${v.leaf.name}`, ports[i].handle, v.dtype).value);
  const names = strings(
    list,
    'save/names',
    variables.map((v) => v.leaf.name),
  );
  const slices = strings(
    list,
    'save/slices',
    variables.map(() => ''),
  );
  const dtypes = attr.types(variables.map((v) => v.dtype));
  return list.add('save/write', 'SaveV2', [prefix, names, slices, ...reads], { dtypes });
}

function addRestore(
  list: NodeList,
  variables: readonly Variable[],
  ports: readonly VariablePort[],
): StatePorts['restore'] {
  const prefix = list.add('restore/prefix', 'Placeholder', [], { dtype: attr.type('string'), shape: attr.shape([]) });
  let previous: string[] = [];
  const indices = variables.map((_, i) => i);
  for (const chunk of chunksBySize(indices, (i) => ports[i].shape, restoreChunkBytes)) {
    const names = strings(
      list,
      'restore/names',
      chunk.map((i) => variables[i].leaf.name),
    );
    const slices = strings(
      list,
      'restore/slices',
      chunk.map(() => ''),
    );
    const dtypes = attr.types(chunk.map((i) => variables[i].dtype));
    const read = list.add('restore/read', 'RestoreV2', [prefix, names, slices, ...previous.map((p) => `^${p}`)], {
      dtypes,
    });
    previous = chunk.map((i, k) => {
      const { dtype, leaf } = variables[i];
      const value = { ref: k === 0 ? read : `${read}:${k}`, dtype };
      return addAssign(list, `restore/${leaf.name}`, { handle: ports[i].handle, value });
    });
  }
  return { prefix, done: done(list, 'restore', previous) };
}

/** A node to fetch, which runs after `nodes`. */
function done(list: NodeList, name: string, nodes: readonly string[]): string {
  const value = attr.tensor(tensorProto({ shape: [], data: Float64Array.of(1) }, 'i32'));
  return list.add(
    `${name}/done`,
    'Const',
    nodes.map((n) => `^${n}`),
    { dtype: attr.type('i32'), value },
  );
}

function scalar(list: NodeList, name: string, value: number, dtype: 'f32' | 'i32'): string {
  const tensor = attr.tensor(tensorProto({ shape: [], data: Float64Array.of(value) }, dtype));
  return list.add(name, 'Const', [], { dtype: attr.type(dtype), value: tensor });
}

function constant(list: NodeList, name: string, values: readonly number[], dtype: 'i32'): string {
  const tensor = attr.tensor(tensorProto({ shape: [values.length], data: Float64Array.from(values) }, dtype));
  return list.add(name, 'Const', [], { dtype: attr.type(dtype), value: tensor });
}

function strings(list: NodeList, name: string, values: readonly string[]): string {
  return list.add(name, 'Const', [], { dtype: attr.type('string'), value: attr.strings(values, [values.length]) });
}

function hashName(name: string): number {
  return fnv1a(new TextEncoder().encode(name));
}
