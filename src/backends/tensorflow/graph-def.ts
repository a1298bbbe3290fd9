/** GraphDef as a target of lowerings: adds nodes, fills in their type attributes, shares equal constants. */
import type { DType, NdArray } from '../../compiler/ir/graph';
import type { Attr, GraphDefOp, GraphDefTarget, GraphDefTensor } from '../../compiler/ops/targets';
import { invariant } from '../../compiler/invariant';
import type { Device } from './execution';
import type { NodeList } from './node-list';
import { opEntry, type OpEntry } from './op-table';
import { attr as attribute, dataTypes, type AttrProto } from './proto';
import { tensorProto } from './tensor-data';

/** Constants of up to this many elements are shared by content, larger ones by identity. */
const smallConstant = 64;

export class GraphDefWriter implements GraphDefTarget {
  /** The op that is being lowered: its scope gives the names of nodes, its type the default type of results. */
  private current: { scope: string; dtype: DType; shape: readonly number[] } = { scope: '', dtype: 'f32', shape: [] };
  private readonly small = new Map<string, GraphDefTensor>();
  private readonly large = new Map<Float64Array, GraphDefTensor[]>();

  constructor(
    readonly list: NodeList,
    /** The device that XLA compiles the whole graph for; null if it does not. */
    readonly compiled: Device | null = null,
  ) {}

  /** Whether ops are fused, which XLA does. */
  get fuses(): boolean {
    return this.compiled !== null;
  }

  /** Sets the op that the following nodes belong to. */
  lowering(scope: string, dtype: DType, shape: readonly number[]): void {
    this.current = { scope, dtype, shape };
  }

  node(
    op: GraphDefOp,
    inputs: readonly GraphDefTensor[],
    attrs: { readonly [name: string]: Attr } = {},
    result: { readonly dtype?: DType; readonly shape?: readonly number[] } = {},
  ): GraphDefTensor {
    const entry = opEntry(op);
    const types = inputTypes(op, entry, inputs);
    const given = { ...entry.defaults, ...attrs };
    const dtype = outputType(op, types, given, result.dtype ?? this.current.dtype);
    const attr: { [name: string]: AttrProto } = {};
    for (const [name, value] of Object.entries(given)) attr[name] = attrProto(value);
    for (const [name, type] of types) attr[name] = type;
    if (!isTensorType(entry.type) && !(entry.type in attr)) attr[entry.type] = attribute.type(dtype);
    // The graph optimizer merges sums, and splits those of large tensors with ops that XLA does not have.
    if (this.compiled && op === 'AddV2') attr._grappler_do_not_remove = attribute.bool(true);
    const name = this.current.scope ? `${this.current.scope}/${op}` : op;
    const ref = this.list.tensor(
      name,
      { op, output: entry.output, place: entry.place },
      inputs.map((t) => t.ref),
      attr,
    );
    return { ref, dtype, shape: result.shape ?? this.current.shape };
  }

  int32s(values: readonly number[]): GraphDefTensor {
    return this.constant({ shape: [values.length], data: Float64Array.from(values) }, 'i32');
  }

  constant(data: NdArray, dtype: DType): GraphDefTensor {
    if (data.data.length <= smallConstant) {
      const key = `${dtype}[${data.shape.join()}]${Array.from(data.data, keyOf).join()}`;
      const found = this.small.get(key) ?? this.addConstant(data, dtype);
      this.small.set(key, found);
      return found;
    }
    const same = this.large.get(data.data) ?? [];
    let found = same.find((t) => t.dtype === dtype && t.shape.join() === data.shape.join());
    if (!found) this.large.set(data.data, [...same, (found = this.addConstant(data, dtype))]);
    return found;
  }

  private addConstant(data: NdArray, dtype: DType): GraphDefTensor {
    const attr = { dtype: attribute.type(dtype), value: attribute.tensor(tensorProto(data, dtype)) };
    return { ref: this.list.tensor('constant', { op: 'Const', output: 'output' }, [], attr), dtype, shape: data.shape };
  }
}

/** A text that tells constants apart, also 0 and -0. */
function keyOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Attributes that the inputs' element types set. */
function inputTypes(op: string, entry: OpEntry, inputs: readonly GraphDefTensor[]): Map<string, AttrProto> {
  const types = new Map<string, AttrProto>();
  const run = entry.inputs.findIndex((spec) => spec.startsWith('N*'));
  const runLength = run < 0 ? 0 : inputs.length - entry.inputs.length + 1;
  const specs =
    run < 0
      ? entry.inputs
      : entry.inputs.toSpliced(run, 1, ...Array<string>(runLength).fill(entry.inputs[run].slice(2)));
  invariant(specs.length === inputs.length, `${op} takes ${specs.length} inputs, not ${inputs.length}`);
  if (run >= 0) types.set('N', attribute.int(runLength));
  specs.forEach((spec, i) => {
    const { dtype } = inputs[i];
    if (isTensorType(spec)) {
      invariant(spec === dtype, `input ${i} of ${op} is ${dtype}, not ${spec}`);
      return;
    }
    const known = types.get(spec);
    invariant(
      !known || known.type === dataTypes[dtype],
      `inputs of ${op} differ in type (${inputs.map((t) => t.dtype).join(', ')})`,
    );
    types.set(spec, attribute.type(dtype));
  });
  return types;
}

/** The result's type: fixed, that of an input, stated by an attribute, or else `expected`. */
function outputType(
  op: GraphDefOp,
  types: Map<string, AttrProto>,
  attrs: { [name: string]: Attr },
  expected: DType,
): DType {
  const entry = opEntry(op);
  if (isTensorType(entry.type)) return entry.type;
  const fromInput = types.get(entry.type)?.type;
  if (fromInput !== undefined) {
    const found = tensorTypes.find((name) => dataTypes[name] === fromInput);
    invariant(found !== undefined, `${op} gives no tensor type`);
    return found;
  }
  const stated = attrs[entry.type];
  return typeof stated === 'object' && 'type' in stated ? stated.type : expected;
}

const tensorTypes: readonly DType[] = ['f32', 'bf16', 'f16', 'i32', 'bool'];

/** Fixed types are spelled like element types; every other word is the name of an attribute. */
function isTensorType(spec: string): spec is DType {
  return tensorTypes.some((name) => name === spec);
}

function attrProto(value: Attr): AttrProto {
  if (typeof value === 'number') return attribute.int(value);
  if (typeof value === 'string') return attribute.text(value);
  if (typeof value === 'boolean') return attribute.bool(value);
  if ('type' in value) return attribute.type(value.type);
  if ('float' in value) return attribute.float(value.float);
  return attribute.ints(value);
}
