/** From a loop to an ONNX graph with one Loop node: what no turn changes is computed once before it, weights stay outside. */
// Tested by test/backends/onnx/sample.test.ts.
import type { onnx } from 'onnx-proto';
import type { Value } from '../../compiler/ir/graph';
import { faceOf, turnOf, type LoopProgram } from '../../compiler/programs/loop';
import { inputName } from '../host';
import { emitProgram, type EmittedProgram } from './emit';
import type { OnnxGraph, OnnxNode } from './graph';
import { messages } from './proto';
import { valueInfo } from './layout';

const iteration = 'loop/iteration';
const condition = 'loop/condition';

/** Lowers a loop to one opset; what it looks like from outside is its `faceOf`. */
export function emitLoop(loop: LoopProgram, opset: number): EmittedProgram {
  const turn = turnOf(loop);
  const { graph, weights } = emitProgram(turn, opset);
  const states = Object.keys(turn.outputs).map((output) => ({
    before: turn.inputs.find((v) => inputName(v) === output.replace('next_', ''))!,
    after: output,
  }));
  const rows = Object.entries(loop.tables).map(([name, numbers]) => {
    const table = graph.constant({ shape: [numbers.length], data: Float64Array.from(numbers) }, 'f32');
    return node('Gather', [table, iteration], [name]);
  });
  const changing = new Set([...rows.flatMap((n) => n.output), ...states.map((s) => inputName(s.before))]);
  const { inside, outside } = divided(graph.nodes, changing, new Set(Object.keys(turn.outputs)));
  const body: onnx.IGraphProto = {
    name: 'turn',
    node: [...rows, ...inside, node('Identity', [condition], ['loop/goes_on'])],
    input: [scalarInfo(iteration, 'i64'), scalarInfo(condition, 'bool'), ...states.map((s) => info(s.before))],
    output: [scalarInfo('loop/goes_on', 'bool'), ...states.map((s) => valueInfo(s.after, turn.outputs[s.after].type))],
  };
  graph.nodes.splice(0, graph.nodes.length, ...outside, loopNode(graph, loop, body));
  return { graph, weights };
}

/** All states begin as the noise: the first turn takes nothing of what is kept. The first state ends as the output. */
function loopNode(graph: OnnxGraph, loop: LoopProgram, body: onnx.IGraphProto): OnnxNode {
  const states = body.input!.slice(2);
  const [output] = Object.keys(faceOf(loop).outputs);
  const goesOn = graph.constant({ shape: [], data: Float64Array.of(1) }, 'bool');
  const made = node(
    'Loop',
    [graph.dim(loop.turns), goesOn, ...states.map(() => 'noise')],
    states.map((s, i) => (i === 0 ? output : `${s.name}_at_end`)),
  );
  return { ...made, attribute: [{ name: 'body', type: messages.AttributeProto.AttributeType.GRAPH, g: body }] };
}

/** Nodes that read what changes from turn to turn, and those that do not; outputs of a turn are made inside. */
function divided(
  nodes: readonly OnnxNode[],
  changing: Set<string>,
  outputs: ReadonlySet<string>,
): { inside: OnnxNode[]; outside: OnnxNode[] } {
  const [inside, outside]: [OnnxNode[], OnnxNode[]] = [[], []];
  for (const n of nodes) {
    const changes = n.input.some((x) => changing.has(x)) || n.output.some((x) => outputs.has(x));
    if (changes) n.output.forEach((x) => changing.add(x));
    (changes ? inside : outside).push(n);
  }
  return { inside, outside };
}

function node(opType: string, input: string[], output: string[]): OnnxNode {
  return { name: `${output[0]}/${opType}`, opType, input, output, attribute: [] };
}

function info(v: Value): onnx.IValueInfoProto {
  return valueInfo(inputName(v), v.type);
}

function scalarInfo(name: string, dtype: 'i64' | 'bool'): onnx.IValueInfoProto {
  return valueInfo(name, { shape: [], dtype });
}
