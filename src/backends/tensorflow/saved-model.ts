/** Writes programs and their shared variables as a TensorFlow SavedModel folder. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatShape, shapesEqual, type Bindings } from '../../compiler/ir/dims';
import { bindProgram } from '../../compiler/ir/bind';
import { variablesOf, type Program, type Variable } from '../../compiler/ir/graph';
import { lowRank, type RankLimits } from '../../compiler/optimize/low-rank';
import { inputName, requireStatic } from '../host';
import { emitProgram, type EmittedProgram, type Port } from './emit-program';
import type { Device, Execution } from './execution';
import { invariant } from '../../compiler/invariant';
import { NodeList } from './node-list';
import { attr, dataTypes, encodeSavedModel, shapeProto, type SignatureProto, type TensorInfoProto } from './proto';
import { addState, type StatePorts, type VariablePort } from './state-graph';

/** Node names through which a session runs one program. */
export interface ProgramPorts {
  /** The program with every dimension bound. */
  readonly program: Program;
  readonly inputs: readonly (Port & { readonly node: string })[];
  readonly outputs: readonly (Port & { readonly node: string })[];
  /** Fetched when a program has no outputs. */
  readonly done: string;
}

export interface SavedModelPorts {
  readonly programs: readonly ProgramPorts[];
  readonly state: StatePorts;
}

export interface SavedModelOptions {
  readonly bindings?: Bindings;
  readonly execution: (program: Program) => Execution;
  /** The device that XLA compiles programs for; the CPU by default. */
  readonly device?: Device;
}

/** The numbers of axes that TensorFlow's own kernels take on the CPU; it refuses to run ops with more. */
const rankLimits: RankLimits = {
  elementwise: 5,
  broadcast: 5,
  transpose: Infinity,
  box: 6,
  join: Infinity,
  reduction: Infinity,
  row: 5,
  pair: Infinity,
  product: Infinity,
  table: Infinity,
  composite: 5,
};

/** The release whose operator definitions the graph was written for; TensorFlow reads it for compatibility only. */
const producer = { producer: 1286, minConsumer: 12 };

/**
 * ConfigProto { graph_options { rewrite_options { disable_meta_optimizer: true } } } for the call of a function: the session
 * has optimised the function already when the call instantiates it, and a second time costs seconds on large programs.
 */
const optimizeOnce = Uint8Array.of(0x52, 0x05, 0x52, 0x03, 0x98, 0x01, 0x01);

/** Writes `folder` (which must not exist) and returns the names of everything in it. */
export function writeSavedModel(
  folder: string,
  programs: readonly Program[],
  options: SavedModelOptions,
): SavedModelPorts {
  const { bytes, ports } = buildSavedModel(programs, options);
  const temporary = `${folder}.${process.pid}.writing`;
  // TensorFlow wants the folder of variables to exist, even empty.
  mkdirSync(join(temporary, 'variables'), { recursive: true });
  writeFileSync(join(temporary, 'saved_model.pb'), bytes);
  renameSync(temporary, folder);
  return ports;
}

/** The SavedModel's bytes, and the names of everything in it. */
export function buildSavedModel(
  programs: readonly Program[],
  options: SavedModelOptions,
): { bytes: Uint8Array; ports: SavedModelPorts } {
  const list = new NodeList('graph');
  const emitted = programs.map((program) => {
    const given = bindProgram(program, options.bindings ?? {});
    for (const value of given.inputs) requireStatic(`input "${inputName(value)}" of "${given.name}"`, value.type);
    const bound = lowRank(rankLimits).run(given);
    const execution = options.execution(bound);
    return { bound, program: emitProgram(bound, execution === 'xla' ? (options.device ?? 'cpu') : null) };
  });
  const state = addState(list, sharedVariables(emitted.flatMap((e) => variablesOf(e.bound))));
  const handles = new Map(state.variables.map((v) => [v.name, v.handle]));
  const ports = emitted.map((e) => ({ program: e.bound, ...addCall(list, e.program, handles) }));
  const bytes = encodeSavedModel({
    metaInfoDef: { tags: ['serve'], tensorflowVersion: '2.21.0' },
    graphDef: { node: list.nodes, library: { function: emitted.map((e) => e.program.function) }, versions: producer },
    signatureDef: signatures(ports, state),
  });
  return { bytes, ports: { programs: ports, state } };
}

/** Programs share variables by name; they must agree on the variable of each name. */
function sharedVariables(all: readonly Variable[]): Variable[] {
  const byName = new Map<string, Variable>();
  for (const variable of all) {
    const { name } = variable.leaf;
    const known = byName.get(name) ?? variable;
    invariant(
      known.dtype === variable.dtype && shapesEqual(known.shape, variable.shape),
      `variable ${name} is ${known.dtype}${formatShape(known.shape)} in one program and ${variable.dtype}${formatShape(variable.shape)} in another`,
    );
    byName.set(name, known);
  }
  return [...byName.values()];
}

/** The placeholders of a program, the call of its function, and its outputs under names of their own. */
function addCall(
  list: NodeList,
  program: EmittedProgram,
  handles: ReadonlyMap<string, string>,
): Omit<ProgramPorts, 'program'> {
  const inputs = program.inputs.map((port) => {
    const attrs = { dtype: attr.type(port.dtype), shape: attr.shape(port.shape) };
    return { ...port, node: list.add(`${program.name}/${port.name}`, 'Placeholder', [], attrs) };
  });
  const resources = program.variables.map((v) => {
    const handle = handles.get(v.leaf.name);
    invariant(handle !== undefined, `variable ${v.leaf.name} has no handle`);
    return handle;
  });
  const call = list.add(
    `${program.name}/call`,
    'StatefulPartitionedCall',
    [...inputs.map((i) => i.node), ...resources],
    {
      Tin: attr.types([...inputs.map((i) => i.dtype), ...resources.map(() => 'resource' as const)]),
      Tout: attr.types(program.outputs.map((o) => o.dtype)),
      f: attr.func(program.function.signature.name),
      config: attr.text(''),
      config_proto: attr.bytes(optimizeOnce),
      executor_type: attr.text(''),
      ...program.function.attr,
    },
  );
  const outputs = program.outputs.map((port, i) => {
    const from = i === 0 ? call : `${call}:${i}`;
    return {
      ...port,
      node: list.add(`${program.name}/output/${port.name}`, 'Identity', [from], { T: attr.type(port.dtype) }),
    };
  });
  const one = attr.tensor({
    dtype: dataTypes.i32,
    tensorShape: shapeProto([]),
    tensorContent: Uint8Array.of(1, 0, 0, 0),
  });
  const done = list.add(`${program.name}/done`, 'Const', [`^${call}`], { dtype: attr.type('i32'), value: one });
  return { inputs, outputs, done };
}

/** Signatures let other TensorFlow programs use the folder; Weft's own session uses node names. */
function signatures(programs: readonly ProgramPorts[], state: StatePorts): { readonly [name: string]: SignatureProto } {
  const named = (tensors: readonly (readonly [string, TensorInfoProto])[]) => Object.fromEntries(tensors);
  const port = (p: { name: string; node: string; dtype: Port['dtype']; shape: readonly number[] }) =>
    [p.name, info(p.node, p.dtype, p.shape)] as const;
  const done = (node: string) => ({ done: info(node, 'i32', []) });
  const all: [string, SignatureProto][] = programs.map((p) => {
    const outputs = p.outputs.length > 0 ? named(p.outputs.map(port)) : done(p.done);
    return [p.program.name, signature(named(p.inputs.map(port)), outputs)];
  });
  const read = (v: VariablePort) => [v.name, info(v.get, v.dtype, v.shape)] as const;
  all.push(['get', signature({}, named(state.variables.map(read)))]);
  all.push(['init', signature({ seed: info(state.init.seed, 'i32', []) }, done(state.init.done))]);
  all.push(['save', signature({ prefix: info(state.save.prefix, 'string', []) }, done(state.save.done))]);
  all.push(['restore', signature({ prefix: info(state.restore.prefix, 'string', []) }, done(state.restore.done))]);
  return Object.fromEntries(all);
}

function signature(inputs: SignatureProto['inputs'], outputs: SignatureProto['outputs']): SignatureProto {
  return { inputs, outputs, methodName: 'tensorflow/serving/predict' };
}

function info(node: string, dtype: keyof typeof dataTypes, shape: readonly number[]): TensorInfoProto {
  return { name: `${node}:0`, dtype: dataTypes[dtype], tensorShape: shapeProto(shape) };
}
