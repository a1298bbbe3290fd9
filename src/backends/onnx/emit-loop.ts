/** Lowers a loop to an ONNX graph with a Loop node for each round. Values that no turn changes are computed once before; weights stay outside. */
// Tested by test/backends/onnx/sample.test.ts.
import type { onnx } from 'onnx-proto';
import { held } from '../../compiler/invariant';
import type { Value } from '../../compiler/ir/graph';
import { faceOf, type LoopProgram, type Round } from '../../compiler/programs/loop';
import { inputName } from '../host';
import { emitProgram, type EmittedProgram } from './emit';
import type { OnnxGraph, OnnxNode } from './graph';
import { messages } from './proto';
import { valueInfo } from './layout';

/** Lowers a loop to one opset; `faceOf` gives its inputs and outputs. */
export function emitLoop(loop: LoopProgram, opset: number): EmittedProgram {
  const outer = faceOf(loop);
  const names = [...outer.inputs.map(inputName), ...Object.keys(outer.outputs)];
  const { graph, weights } = emitProgram(loop.turn, opset, names);
  const { outside, inside } = divided(graph.nodes, loop);
  const loops: OnnxNode[] = [];
  const starts = startsOf(graph, loop);
  let before = starts.states;
  for (const [k, round] of loop.rounds.entries()) {
    const body = bodyOf(graph, loop, round, held(inside, round.prefix));
    const isLast = k === loop.rounds.length - 1;
    const [face] = Object.keys(outer.outputs);
    const after = body.input!.slice(2).map((s, i) => (isLast && i === 0 ? face : `${s.name}_at_end`));
    loops.push(loopNode(graph, { round, body, before, after }));
    before = after;
  }
  graph.nodes.splice(0, graph.nodes.length, ...outside, ...starts.nodes, ...loops);
  return { graph, weights };
}

/** The first values of everything that turns pass on: the latents are the noise, and states have its shape. */
function startsOf(graph: OnnxGraph, { states }: LoopProgram): { states: string[]; nodes: OnnxNode[] } {
  if (states.length === 0) return { states: ['noise'], nodes: [] };
  const number = (x: number): string => graph.constant({ shape: [], data: Float64Array.of(x) }, 'f32');
  const nodes = [node('Mul', ['noise', number(0)], ['loop/zeros'])];
  const names = states.map(({ start }, i) => {
    if (start === 0) return 'loop/zeros';
    nodes.push(node('Add', ['loop/zeros', number(start)], [`loop/start${i + 1}`]));
    return `loop/start${i + 1}`;
  });
  return { states: ['noise', ...names], nodes };
}

/** The names of everything that the turns of a round pass on, before and after a turn. */
function goingRound({ states }: LoopProgram, { prefix }: Round): { before: string; after: string }[] {
  const names = ['latents', ...states.map((s) => s.name)];
  return names.map((name) => ({ before: `${prefix}/${name}`, after: `${prefix}/next_${name}` }));
}

function bodyOf(graph: OnnxGraph, loop: LoopProgram, round: Round, inside: readonly OnnxNode[]): onnx.IGraphProto {
  const { prefix, tables, draws } = round;
  const [iteration, condition, goesOn] = ['iteration', 'condition', 'goes_on'].map((name) => `${prefix}/${name}`);
  const rows = Object.entries(tables).map(([name, numbers]) => {
    const table = graph.constant({ shape: [numbers.length], data: Float64Array.from(numbers) }, 'f32');
    return node('Gather', [table, iteration], [name]);
  });
  const drawn = Object.entries(draws).flatMap(([name, numbers]) => {
    const table = graph.constant({ shape: [numbers.length], data: Float64Array.from(numbers) }, 'i32');
    return [node('Gather', [table, iteration], [`${name}_row`]), node('Gather', ['draws', `${name}_row`], [name])];
  });
  const inputs = new Map(loop.turn.inputs.map((v): [string, Value] => [inputName(v), v]));
  const states = goingRound(loop, round);
  return {
    name: prefix === 'loop' ? 'turn' : `turn${prefix.slice('loop'.length)}`,
    node: [...rows, ...drawn, ...inside, node('Identity', [condition], [goesOn])],
    input: [
      scalarInfo(iteration, 'i64'),
      scalarInfo(condition, 'bool'),
      ...states.map((s) => valueInfo(s.before, held(inputs, s.before).type)),
    ],
    output: [scalarInfo(goesOn, 'bool'), ...states.map((s) => valueInfo(s.after, loop.turn.outputs[s.after].type))],
  };
}

interface LoopParts {
  readonly round: Round;
  readonly body: onnx.IGraphProto;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function loopNode(graph: OnnxGraph, { round, body, before, after }: LoopParts): OnnxNode {
  const goesOn = graph.constant({ shape: [], data: Float64Array.of(1) }, 'bool');
  const made = node('Loop', [graph.dim(round.turns), goesOn, ...before], [...after]);
  return { ...made, attribute: [{ name: 'body', type: messages.AttributeProto.AttributeType.GRAPH, g: body }] };
}

/** Separates nodes that read something which changes from turn to turn, by the prefix of the round, from the others; outputs of a turn are made inside. */
function divided(
  nodes: readonly OnnxNode[],
  loop: LoopProgram,
): { outside: OnnxNode[]; inside: ReadonlyMap<string, OnnxNode[]> } {
  /** The round that a tensor belongs to. */
  const rounds = new Map<string, string>();
  const inside = new Map(loop.rounds.map(({ prefix }): [string, OnnxNode[]] => [prefix, []]));
  for (const round of loop.rounds) {
    const { prefix, tables, draws } = round;
    const states = goingRound(loop, round).flatMap((s) => [s.before, s.after]);
    for (const name of [...states, ...Object.keys(tables), ...Object.keys(draws)]) rounds.set(name, prefix);
  }
  const outside: OnnxNode[] = [];
  for (const n of nodes) {
    const prefix = [...n.input, ...n.output].map((x) => rounds.get(x)).find((p) => p !== undefined);
    if (prefix === undefined) {
      outside.push(n);
      continue;
    }
    n.output.forEach((x) => rounds.set(x, prefix));
    held(inside, prefix).push(n);
  }
  return { outside, inside };
}

function node(opType: string, input: string[], output: string[]): OnnxNode {
  return { name: `${output[0]}/${opType}`, opType, input, output, attribute: [] };
}

function scalarInfo(name: string, dtype: 'i64' | 'bool'): onnx.IValueInfoProto {
  return valueInfo(name, { shape: [], dtype });
}
