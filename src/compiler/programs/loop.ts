/** A program that runs a fixed number of turns, each with the results of the one before; ONNX files can hold the whole loop. */
// Tested by test/backends/onnx/sample.test.ts.
import { input, scalar, type Program, type Value } from '../ir/graph';
import { substitute } from '../ir/substitute';
import { mul } from '../ops/elementwise';
import { held } from '../invariant';

/** Several turns of the same kind, one after the other. */
export interface Round {
  /** The prefix of the names of its inputs and outputs: `loop` in `loop/latents`, `loop/next_latents`. */
  readonly prefix: string;
  /** Scalar inputs, with a number for each turn. */
  readonly tables: { readonly [input: string]: readonly number[] };
  /** Inputs that take one of the draws, with the index of the draw for each turn. */
  readonly draws: { readonly [input: string]: readonly number[] };
  readonly turns: number;
}

/** A state that is passed from turn to turn besides the latents; all its elements begin as `start`. */
export interface LoopState {
  readonly name: string;
  readonly start: number;
}

/**
 * A walk from noise to images. Names of inputs and outputs of the loop begin with the prefix of a round; all other inputs are the same
 * in every turn.
 */
export interface LoopProgram {
  readonly name: string;
  /**
   * One turn of every round. Each has inputs `PREFIX/latents`, `PREFIX/STATE` and the columns of its tables, and outputs
   * `PREFIX/next_latents`, `PREFIX/next_STATE`. The inputs also contain `noise`, the first latents, and `draws`, if there are any,
   * although the graph does not read them.
   */
  readonly turn: Program;
  readonly rounds: readonly Round[];
  /** The states that are passed from turn to turn besides the latents. */
  readonly states: readonly LoopState[];
}

export function isLoop(program: Program | LoopProgram): program is LoopProgram {
  return 'rounds' in program;
}

/** The loop with its turn changed by `change`. */
export function mapLoop(loop: LoopProgram, change: (turn: Program) => Program): LoopProgram {
  return { ...loop, turn: change(loop.turn) };
}

/** A turn of one kind, before its names get the prefix of a round. */
export interface LoopTurn extends Pick<Round, 'tables' | 'draws' | 'turns'> {
  /** Inputs `loop/latents`, `loop/STATE` and others that begin with `loop/`, and conditions; outputs `latents` and states that change. */
  readonly program: Program;
}

/** The loop of some rounds; `draws` is the number of draws in the whole walk, each with the type of `like`. */
export function loopOf(
  turns: readonly LoopTurn[],
  states: readonly LoopState[],
  like: Value,
  draws: number,
): LoopProgram {
  const own: Value[] = [];
  const conditions = new Set<Value>();
  const outputs: { [name: string]: Value } = {};
  const rounds = turns.map(({ program, tables, draws: drawn, turns: count }, k): Round => {
    const prefix = k === 0 ? 'loop' : `loop${k + 1}`;
    const renamed = (name: string): string => name.replace(/^loop\//, `${prefix}/`);
    const replaced = new Map<Value, Value>();
    const inputs = new Map<string, Value>();
    for (const v of program.inputs) {
      const name = nameOf(v);
      if (!name.startsWith('loop/')) conditions.add(v);
      else inputs.set(name, v);
    }
    const made = new Map<string, Value>();
    const goingRound = ['latents', ...states.map((s) => s.name)].map((name) => `loop/${name}`);
    for (const name of [...goingRound, ...[...inputs.keys()].filter((n) => !goingRound.includes(n))]) {
      const before = inputs.get(name);
      const { shape, dtype } = before ?? like;
      const fresh = input(renamed(name), shape, dtype);
      made.set(name, fresh);
      own.push(fresh);
      if (before) replaced.set(before, fresh);
    }
    const names = Object.keys(program.outputs);
    const next = substitute(Object.values(program.outputs), replaced);
    for (const name of ['latents', ...states.map((s) => s.name)]) {
      const at = names.indexOf(name);
      // A state that the turn does not change is passed on, times one since an output cannot be an input.
      outputs[`${prefix}/next_${name}`] = at < 0 ? mul(held(made, `loop/${name}`), scalar(1)) : next[at];
    }
    const column = (table: { readonly [name: string]: readonly number[] }): typeof tables =>
      Object.fromEntries(Object.entries(table).map(([name, numbers]) => [renamed(name), numbers]));
    return { prefix, tables: column(tables), draws: column(drawn), turns: count };
  });
  const face = [input('noise', like.shape), ...(draws > 0 ? [input('draws', [draws, ...like.shape])] : [])];
  const turn = { name: 'sample', inputs: [...face, ...conditions, ...own], outputs, updates: [] };
  return { name: 'sample', turn, rounds, states };
}

/** The loop as one program: inputs `noise`, `draws` and the conditions, output `image`. Its graph is only that of one turn. */
export function faceOf({ name, turn, rounds }: LoopProgram): Program {
  const prefixes = rounds.map((r) => `${r.prefix}/`);
  return {
    name,
    inputs: turn.inputs.filter((v) => !prefixes.some((prefix) => nameOf(v).startsWith(prefix))),
    outputs: { image: turn.outputs[`${rounds[rounds.length - 1].prefix}/next_latents`] },
    updates: [],
  };
}

function nameOf(v: Value): string {
  return v.leaf?.kind === 'input' ? v.leaf.name : '';
}
