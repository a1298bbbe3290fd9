/** The ONNX graph a program is lowered to: nodes, constants without repeats, and shapes computed from the graph's inputs. */
// Tested by test/backends/onnx/model.test.ts.
import { invariant } from '../../compiler/invariant';
import { createHash } from 'node:crypto';
import type { onnx } from 'onnx-proto';
import {
  formatDim,
  formatShape,
  isStatic,
  linearDim,
  type Dim,
  type Shape,
  type SymbolicDim,
} from '../../compiler/ir/dims';
import type { DType, NdArray, Value } from '../../compiler/ir/graph';
import type { OnnxAttr, OnnxTarget, OnnxTensor } from '../../compiler/ops/targets';
import { inputName } from '../host';
import { dataTypes, messages, type OnnxDType } from './proto';
import { encodeValues } from './encode';

/** A tensor whose data is small and known while the graph is built. */
export interface OnnxConstant {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** A node of a graph; its inputs and outputs are always set. */
export interface OnnxNode extends onnx.INodeProto {
  input: string[];
  output: string[];
}

export class OnnxGraph implements OnnxTarget {
  readonly nodes: OnnxNode[] = [];
  readonly constants = new Map<string, OnnxConstant>();
  /** The module whose ops are being written; names of their nodes begin with it. */
  scope = '';
  private readonly taken = new Set<string>();
  private readonly counters = new Map<string, number>();
  /** Shapes that were requested but are not written yet: their form depends on the node that takes them. */
  private readonly shapes = new Map<OnnxTensor, Shape>();
  private readonly computed = new Map<string, OnnxTensor>();

  constructor(
    readonly opset: number,
    private readonly inputs: readonly Value[],
  ) {
    for (const v of inputs) this.taken.add(inputName(v));
  }

  /** Reserves a name for the caller (an output, what is around the graph), so that nothing else gets it. */
  reserve(name: string): void {
    this.taken.add(name);
  }

  /** A weight's name in the file: its own, or one like it where a label is also the name of an input, an output or a node. */
  weight(name: string): string {
    if (this.taken.has(name)) return this.freshName(name, 'weights');
    this.taken.add(name);
    return name;
  }

  node(
    op: string,
    inputs: readonly OnnxTensor[],
    attrs: { readonly [name: string]: OnnxAttr } = {},
    output = 0,
  ): OnnxTensor {
    const operands = inputs.map((x, i) => this.written(x, op === 'Reshape' && i === 1 && !('allowzero' in attrs)));
    const name = this.freshName(op);
    const attribute = Object.entries(attrs).map(([k, v]) => attributeOf(k, v));
    const outputs = [name, ...Array.from({ length: output }, () => this.freshName(op))];
    this.nodes.push({ name, opType: op, input: operands, output: outputs, attribute });
    return outputs[output];
  }

  /** Gives a tensor one more name, chosen by the caller. */
  alias(tensor: OnnxTensor, name: string): void {
    this.nodes.push({ name: `${name}/Identity`, opType: 'Identity', input: [tensor], output: [name], attribute: [] });
  }

  int64s(values: readonly number[]): OnnxTensor {
    return this.stored('i64', [values.length], values);
  }

  shape(dims: Shape): OnnxTensor {
    if (isStatic(dims)) return this.int64s(dims);
    // A placeholder that no tensor is called: `written` replaces it.
    const name = `\0${formatShape(dims)}`;
    this.shapes.set(name, dims);
    return name;
  }

  dim(d: Dim): OnnxTensor {
    if (typeof d === 'number') return this.stored('i64', [], [d]);
    return this.once(`scalar ${formatDim(d)}`, () => this.node('Squeeze', [this.size(d), this.int64s([0])]));
  }

  constant(data: NdArray, dtype: DType): OnnxTensor {
    return this.stored(dtype, data.shape, data.data);
  }

  /** The name of a tensor in the file. In the shape of a Reshape one dimension may be left to the runtime; other nodes need its number. */
  private written(x: OnnxTensor, mayInfer: boolean): OnnxTensor {
    const dims = this.shapes.get(x);
    if (!dims) return x;
    const unknown = dims.filter((d) => typeof d !== 'number').length;
    if (mayInfer && unknown === 1) return this.int64s(dims.map((d) => (typeof d === 'number' ? d : -1)));
    return this.once(`shape ${formatShape(dims)}`, () => this.node('Concat', this.pieces(dims), { axis: 0 }));
  }

  /** The dimensions as 1-D tensors; neighbouring numbers share a tensor. */
  private pieces(dims: Shape): OnnxTensor[] {
    const pieces: OnnxTensor[] = [];
    let known: number[] = [];
    const flush = () => {
      if (known.length > 0) pieces.push(this.int64s(known));
      known = [];
    };
    for (const d of dims) {
      if (typeof d === 'number') known.push(d);
      else {
        flush();
        pieces.push(this.size(d));
      }
    }
    flush();
    return pieces;
  }

  /** A symbolic dimension as an int64 tensor `[1]`: Σ coefficient · Π symbols. */
  private size(d: SymbolicDim): OnnxTensor {
    return this.once(`size ${formatDim(d)}`, () => {
      const terms = [...d.terms].map(([monomial, coefficient]) => {
        const symbols = monomial === '' ? [] : monomial.split('*').map((s) => this.symbol(s));
        const factors = coefficient === 1 && symbols.length > 0 ? symbols : [this.int64s([coefficient]), ...symbols];
        return factors.reduce((a, b) => this.node('Mul', [a, b]));
      });
      return terms.reduce((a, b) => this.node('Add', [a, b]));
    });
  }

  /** One symbol, read from the first input that has it as, say, `16 * height`. */
  private symbol(name: string): OnnxTensor {
    return this.once(`symbol ${name}`, () => {
      for (const v of this.inputs) {
        for (const [axis, d] of v.shape.entries()) {
          const linear = linearDim(d);
          if (linear?.symbol !== name) continue;
          let size = this.node('Shape', [inputName(v)], { start: axis, end: axis + 1 });
          if (linear.offset !== 0) size = this.node('Sub', [size, this.int64s([linear.offset])]);
          return linear.coefficient === 1 ? size : this.node('Div', [size, this.int64s([linear.coefficient])]);
        }
      }
      invariant(false, `no input of the ONNX graph has the dimension "${name}"`);
    });
  }

  /** Nodes for sizes serve the whole graph, so they belong to no module. */
  private once(key: string, build: () => OnnxTensor): OnnxTensor {
    const known = this.computed.get(key);
    if (known !== undefined) return known;
    const outer = this.scope;
    this.scope = 'sizes';
    const made = build();
    this.scope = outer;
    this.computed.set(key, made);
    return made;
  }

  private stored(dtype: OnnxDType, dims: readonly number[], values: ArrayLike<number>): OnnxTensor {
    const data = encodeValues(values, dtype);
    const key = `${dtype} ${dims.join(',')} ${createHash('sha256').update(data).digest('base64')}`;
    const known = this.constants.get(key);
    if (known) return known.name;
    const name = this.freshName(dims.length === 0 ? `${dtype}_scalar` : dtype, 'constants');
    this.constants.set(key, { name, dtype, dims, data });
    return name;
  }

  private freshName(op: string, scope = this.scope): string {
    const base = scope === '' ? op : `${scope}/${op}`;
    for (;;) {
      const n = this.counters.get(base) ?? 0;
      this.counters.set(base, n + 1);
      const name = `${base}_${n}`;
      if (this.taken.has(name)) continue;
      this.taken.add(name);
      return name;
    }
  }
}

function attributeOf(name: string, value: OnnxAttr): onnx.IAttributeProto {
  const { AttributeType: type } = messages.AttributeProto;
  if (typeof value === 'string') return { name, type: type.STRING, s: new TextEncoder().encode(value) };
  if (typeof value === 'boolean') return { name, type: type.INT, i: value ? 1 : 0 };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { name, type: type.INT, i: value } : { name, type: type.FLOAT, f: value };
  }
  if ('float' in value) return { name, type: type.FLOAT, f: value.float };
  if ('type' in value) return { name, type: type.INT, i: dataTypes[value.type] };
  return { name, type: type.INTS, ints: [...value] };
}
