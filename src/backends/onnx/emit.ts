/** From a program to an ONNX graph: every value by its op's lowering, composites without a word expanded where they are met. */
import type { Program, Value, Variable } from '../../compiler/ir/graph';
import type { OnnxTensor } from '../../compiler/ops/targets';
import { expansionOf, operandsFirst } from '../../compiler/ir/substitute';
import { simplifyAbove } from '../../compiler/optimize/simplify';
import { inputName } from '../host';
import { foldTransposes, removeDead } from './simplify';
import { OnnxGraph } from './graph';

/** A weight as an initializer of the file; its numbers are read when the file is written. */
export interface WeightTensor {
  /** The initializer's name; the variable's, with `.T` where the file holds it transposed. */
  readonly name: string;
  readonly variable: Variable;
  /** Shape in the file. */
  readonly dims: readonly number[];
  /** How the axes of the variable are reordered for the file; null as they are. */
  readonly perm: readonly number[] | null;
}

/** A program in ONNX's words. Outputs carry the program's names. */
export interface EmittedProgram {
  readonly graph: OnnxGraph;
  readonly weights: readonly WeightTensor[];
}

/** Lowers a program without updates to one opset. Symbolic dimensions may be left in inputs, not in weights. */
export function emitProgram(program: Program, opset: number): EmittedProgram {
  const graph = new OnnxGraph(opset, program.inputs);
  for (const name of Object.keys(program.outputs)) graph.reserve(name);
  const emitter = new Emitter(graph);
  for (const input of program.inputs) emitter.tensors.set(input, inputName(input));
  const outputs = Object.entries(program.outputs).map(([name, value]) => ({ name, tensor: emitter.emit(value) }));
  nameOutputs(graph, outputs);
  const live = removeDead(graph.nodes, Object.keys(program.outputs));
  const weights = [...emitter.variables].map(asStored);
  const folded = foldTransposes(live, weights, new Set(Object.keys(program.outputs)));
  graph.nodes.splice(0, graph.nodes.length, ...folded.nodes);
  const used = new Set(graph.nodes.flatMap((n) => n.input ?? []));
  for (const [key, c] of graph.constants) if (!used.has(c.name)) graph.constants.delete(key);
  return { graph, weights: folded.weights.filter((w) => used.has(w.name)) };
}

class Emitter {
  readonly tensors = new Map<Value, OnnxTensor>();
  readonly variables = new Set<Variable>();
  constructor(private readonly graph: OnnxGraph) {}

  /** The tensor of a value, written with all it needs. Recursion goes as deep as composites nest, not as the graph. */
  emit(root: Value): OnnxTensor {
    for (const v of operandsFirst([root], this.tensors)) this.tensors.set(v, this.tensorOf(v));
    return this.tensors.get(root)!;
  }

  private tensorOf(v: Value): OnnxTensor {
    if (v.leaf?.kind === 'constant') return this.graph.constant(v.leaf.data, v.dtype);
    if (v.leaf?.kind === 'variable') {
      this.graph.reserve(v.leaf.name);
      this.variables.add(v as Variable);
      return v.leaf.name;
    }
    if (v.leaf) throw new Error(`input "${v.leaf.name}" is not among the program's inputs`);
    this.graph.scope = v.scope;
    // ONNX Runtime's fusion of scales breaks a file in which one scaled tensor is scaled again: factors are gathered.
    return this.lowered(v) ?? this.emit(simplifyAbove(expansionOf(v), v.inputs));
  }

  /** The op's own word, or null where there is none and the composite is to be expanded. */
  private lowered(v: Value): OnnxTensor | null {
    const operands = v.inputs.map((x) => this.tensors.get(x)!);
    const lowering = v.op!.lower.onnx;
    if (lowering === 'expand') return null;
    if (typeof lowering === 'string') return this.graph.node(lowering, operands);
    return lowering(this.graph, operands, { attrs: v.attrs, types: v.inputs.map((x) => x.type), type: v.type });
  }
}

function asStored(variable: Variable): WeightTensor {
  const dims = variable.shape.map((d) => {
    if (typeof d !== 'number') throw new Error(`variable ${variable.leaf.name} has a symbolic shape`);
    return d;
  });
  return { name: variable.leaf.name, variable, dims, perm: null };
}

/** Renames each output's tensor to the output's name; one that is a leaf, or serves two outputs, gets an Identity. */
function nameOutputs(graph: OnnxGraph, outputs: readonly { name: string; tensor: OnnxTensor }[]): void {
  const made = new Set(graph.nodes.map((n) => n.output![0]));
  const renamed = new Map<string, string>();
  const copies: { name: string; tensor: OnnxTensor }[] = [];
  for (const { name, tensor } of outputs) {
    if (made.has(tensor) && !renamed.has(tensor)) renamed.set(tensor, name);
    else copies.push({ name, tensor });
  }
  for (const node of graph.nodes) {
    node.input = node.input!.map((x) => renamed.get(x) ?? x);
    node.output = node.output!.map((x) => renamed.get(x) ?? x);
  }
  for (const { name, tensor } of copies) graph.alias(renamed.get(tensor) ?? tensor, name);
}
