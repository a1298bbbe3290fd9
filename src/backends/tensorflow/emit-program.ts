/** Writes one program as a TensorFlow function: variable handles and inputs in, outputs out, updates behind control edges. */
// Tested by test/backends/tensorflow/saved-model.test.ts.
import { staticShape } from '../../compiler/ir/dims';
import {
  isVariable,
  rootsOf,
  topological,
  type DType,
  type Program,
  type Value,
  type Variable,
} from '../../compiler/ir/graph';
import { lowerProgram, siteOf } from '../../compiler/emit/lower';
import type { Word } from '../../compiler/ops/define';
import type { GraphDefTensor } from '../../compiler/ops/targets';
import { hostDType } from '../host';
import type { Device } from './execution';
import { GraphDefWriter } from './graph-def';
import { invariant } from '../../compiler/invariant';
import { cleanName, NodeList } from './node-list';
import { attr, dataTypes, type FunctionProto } from './proto';
import { tensorflowWords } from './words';
import { addAssign, addCast, addRead } from './variables';

/** A tensor at a program's border. Half types become f32 there. */
export interface Port {
  readonly name: string;
  readonly dtype: 'f32' | 'i32' | 'bool';
  readonly shape: readonly number[];
}

export interface EmittedProgram {
  readonly name: string;
  readonly function: FunctionProto;
  /** In the order of the function's arguments; the handles of variables come after them. */
  readonly inputs: readonly Port[];
  readonly variables: readonly Variable[];
  readonly outputs: readonly Port[];
}

/** Emits a program whose dimensions are all bound. `compiled` is the device that XLA compiles the whole of it for, or null. */
export function emitProgram(program: Program, compiled: Device | null = null): EmittedProgram {
  return new ProgramEmitter(program, compiled).emit();
}

class ProgramEmitter {
  private readonly list = new NodeList('function');
  private readonly writer: GraphDefWriter;
  private readonly tensors = new Map<Value, GraphDefTensor>();
  /** Handle argument and value read, by variable name. */
  private readonly handles = new Map<
    string,
    { variable: Variable; handle: string; value: GraphDefTensor | null; read: string | null }
  >();

  constructor(
    private readonly program: Program,
    compiled: Device | null,
  ) {
    this.writer = new GraphDefWriter(this.list, compiled);
  }

  emit(): EmittedProgram {
    const { program } = this;
    const inputs = program.inputs.map((value) => this.addInput(value));
    this.addVariables();
    const lowering = { words: tensorflowWords, leaf: this.leaf.bind(this), say: this.say.bind(this) };
    lowerProgram(lowering, program, this.tensors);
    const done = this.addUpdates();
    const outputs = Object.entries(program.outputs).map(([name, value]) => this.addOutput(name, value, done));
    const argument = (port: { name: string; dtype: DType }, i: number) => ({
      name: `out${i}`,
      type: dataTypes[port.dtype],
    });
    return {
      name: program.name,
      inputs: inputs.map((i) => i.port),
      variables: [...this.handles.values()].map((h) => h.variable),
      outputs: outputs.map((o) => o.port),
      function: {
        signature: {
          name: `program_${cleanName(program.name)}`,
          inputArg: [
            ...inputs.map((i) => ({ name: i.argument, type: dataTypes[i.port.dtype] })),
            ...[...this.handles.values()].map((h) => ({ name: h.handle, type: dataTypes.resource })),
          ],
          outputArg: outputs.map((o, i) => argument(o.port, i)),
          isStateful: true,
          controlOutput: done ? ['updates'] : [],
        },
        nodeDef: this.list.nodes,
        ret: Object.fromEntries(outputs.map((o, i) => [`out${i}`, o.ref])),
        controlRet: done ? { updates: done } : {},
        attr: this.writer.compiled ? { _XlaMustCompile: attr.bool(true) } : {},
      },
    };
  }

  private addInput(value: Value): { port: Port; argument: string } {
    const leaf = value.leaf;
    invariant(leaf?.kind === 'input', `program ${this.program.name} lists an input that is none`);
    const { dtype } = value;
    invariant(
      dtype === 'f32' || dtype === 'i32' || dtype === 'bool',
      `input ${leaf.name} is ${dtype}; inputs are f32, i32 or bool`,
    );
    const argument = this.list.reserve(
      `in${this.tensors.size}_${leaf.name.replace(/[^A-Za-z0-9]/g, '_').toLowerCase()}`,
    );
    const shape = staticShape(value.shape);
    this.tensors.set(value, { ref: argument, dtype, shape });
    return { port: { name: leaf.name, dtype, shape }, argument };
  }

  /** One handle per variable and one read of each that is used, before everything else. */
  private addVariables(): void {
    const used = topological(rootsOf(this.program)).filter(isVariable);
    for (const variable of [...used, ...this.program.updates.map((u) => u.variable)]) {
      if (this.handles.has(variable.leaf.name)) continue;
      const handle = this.list.reserve(`var${this.handles.size}`);
      this.handles.set(variable.leaf.name, { variable, handle, value: null, read: null });
    }
    for (const variable of used) this.tensors.set(variable, this.readVariable(variable));
  }

  private readVariable(variable: Variable): GraphDefTensor {
    const entry = this.handles.get(variable.leaf.name);
    invariant(entry !== undefined, `variable ${variable.leaf.name} has no handle`);
    if (!entry.value) {
      const { dtype } = variable;
      const { node, value } = addRead(this.list, `read/${variable.leaf.name}`, entry.handle, dtype);
      entry.read = node;
      entry.value = { ref: value, dtype, shape: staticShape(variable.shape) };
    }
    return entry.value;
  }

  private leaf(value: Value): GraphDefTensor {
    invariant(value.leaf?.kind === 'constant', `program ${this.program.name} uses an input that it does not list`);
    return this.writer.constant(value.leaf.data, value.dtype);
  }

  /** The value in TensorFlow's words. */
  private say(
    value: Value,
    word: Word<GraphDefWriter, GraphDefTensor>,
    operands: readonly GraphDefTensor[],
  ): GraphDefTensor | null {
    const shape = staticShape(value.shape);
    this.writer.lowering(value.scope, value.dtype, shape);
    const tensor = word(this.writer, operands, siteOf(value));
    return tensor && { ...tensor, shape };
  }

  private tensorOf(value: Value): GraphDefTensor {
    const tensor = this.tensors.get(value);
    invariant(tensor !== undefined, 'an output or an update is read before it is emitted');
    return tensor;
  }

  /** Stores the values of the updates after every read; returns the node that ends them, or null if there are none. */
  private addUpdates(): string | null {
    if (this.program.updates.length === 0) return null;
    const stored = this.program.updates.map(({ variable, value }) => {
      const entry = this.handles.get(variable.leaf.name);
      invariant(entry !== undefined, `variable ${variable.leaf.name} has no handle`);
      const after = entry.read ? [entry.read] : [];
      const store = { handle: entry.handle, value: this.tensorOf(value), after };
      return addAssign(this.list, `store/${variable.leaf.name}`, store);
    });
    return this.list.add(
      'updates',
      'NoOp',
      stored.map((name) => `^${name}`),
      {},
    );
  }

  /** An output waits for the updates, so that fetching any of them runs them all. */
  private addOutput(name: string, value: Value, done: string | null): { port: Port; ref: string } {
    const dtype = hostDType(value.dtype);
    const result = addCast(this.list, `output/${name}`, this.tensorOf(value), dtype);
    const inputs = done ? [result, `^${done}`] : [result];
    const identity = { op: 'Identity', output: 'output' };
    const ref = this.list.tensor(`output/${name}`, identity, inputs, { T: attr.type(dtype) });
    return { port: { name, dtype, shape: staticShape(value.shape) }, ref };
  }
}
