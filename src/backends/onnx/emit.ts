/** From a program to an ONNX graph: every value by its op's lowering. Composites without a word are expanded when they are met. */
// Tested by test/backends/onnx/model.test.ts.
import { lowerProgram, siteOf } from '../../compiler/emit/lower';
import { isVariable, type Program, type Value, type Variable } from '../../compiler/ir/graph';
import type { Word } from '../../compiler/ops/define';
import type { OnnxTensor } from '../../compiler/ops/targets';
import { expansionOf } from '../../compiler/ir/substitute';
import { staticShape, staticSize } from '../../compiler/ir/dims';
import { invariant } from '../../compiler/invariant';
import { simplifyAbove } from '../../compiler/optimize/simplify';
import { inputName } from '../host';
import { separateScales } from './scales';
import { foldTransposes, removeDead } from './simplify';
import { OnnxGraph } from './graph';
import { onnxWords } from './words';

/** A weight as an initializer of the file; its numbers are read when the file is written. */
export interface WeightTensor {
  /** The initializer's name: the variable's if it is free, with `.T` appended if the file has it transposed. */
  readonly name: string;
  readonly variable: Variable;
  /** Shape in the file. */
  readonly dims: readonly number[];
  /** The order of the variable's axes in the file; null if it is unchanged. */
  readonly perm: readonly number[] | null;
}

/** A program in ONNX's words. Outputs keep the program's names. */
export interface EmittedProgram {
  readonly graph: OnnxGraph;
  readonly weights: readonly WeightTensor[];
}

/**
 * Lowers a program without updates to one opset. Symbolic dimensions may be left in inputs, not in weights. `around` are names
 * that what is written around the nodes will use.
 */
export function emitProgram(program: Program, opset: number, around: readonly string[] = []): EmittedProgram {
  const graph = new OnnxGraph(opset, program.inputs);
  for (const name of [...Object.keys(program.outputs), ...around]) graph.reserve(name);
  const { tensorOf, variables } = lowered(program, graph);
  const outputs = Object.entries(program.outputs).map(([name, value]) => ({ name, tensor: tensorOf(value) }));
  nameOutputs(graph, outputs);
  const live = removeDead(graph.nodes, Object.keys(program.outputs));
  const weights = [...variables].map(([name, v]) => asStored(name, v));
  const folded = foldTransposes(live, weights, new Set(Object.keys(program.outputs)));
  const sizes = new Map([...graph.constants.values(), ...folded.weights].map((c) => [c.name, staticSize(c.dims)]));
  graph.nodes.splice(0, graph.nodes.length, ...separateScales(folded.nodes, sizes));
  const used = new Set(graph.nodes.flatMap((n) => n.input ?? []));
  for (const [key, c] of graph.constants) if (!used.has(c.name)) graph.constants.delete(key);
  return { graph, weights: folded.weights.filter((w) => used.has(w.name)) };
}

function lowered(
  program: Program,
  graph: OnnxGraph,
): { tensorOf: (v: Value) => OnnxTensor; variables: ReadonlyMap<string, Variable> } {
  const variables = new Map<string, Variable>();
  const leaf = (v: Value): OnnxTensor => {
    if (v.leaf?.kind === 'constant') return graph.constant(v.leaf.data, v.dtype);
    invariant(isVariable(v), 'an input is not among those of its program');
    const name = graph.weight(v.leaf.name);
    variables.set(name, v);
    return name;
  };
  const say = (v: Value, word: Word<OnnxGraph, OnnxTensor>, operands: readonly OnnxTensor[]): OnnxTensor | null => {
    graph.scope = v.scope;
    return word(graph, operands, siteOf(v));
  };
  // Factors that the expansion adds are gathered with those of its operands.
  const expand = (v: Value): Value => simplifyAbove(expansionOf(v), v.inputs);
  const inputs = new Map(program.inputs.map((v) => [v, inputName(v)]));
  return { tensorOf: lowerProgram({ words: onnxWords, leaf, say, expand }, program, inputs), variables };
}

function asStored(name: string, variable: Variable): WeightTensor {
  return { name, variable, dims: staticShape(variable.shape), perm: null };
}

/** Renames each output's tensor to the output's name. A leaf, or a tensor that serves two outputs, gets an Identity. */
function nameOutputs(graph: OnnxGraph, outputs: readonly { name: string; tensor: OnnxTensor }[]): void {
  const made = new Set(graph.nodes.map((n) => n.output[0]));
  const renamed = new Map<string, string>();
  const copies: { name: string; tensor: OnnxTensor }[] = [];
  for (const { name, tensor } of outputs) {
    if (made.has(tensor) && !renamed.has(tensor)) renamed.set(tensor, name);
    else copies.push({ name, tensor });
  }
  for (const node of graph.nodes) {
    node.input = node.input.map((x) => renamed.get(x) ?? x);
    node.output = node.output.map((x) => renamed.get(x) ?? x);
  }
  for (const { name, tensor } of copies) graph.alias(renamed.get(tensor) ?? tensor, name);
}
