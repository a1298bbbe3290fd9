/** A program that runs a fixed number of turns, what it computes going round; one file format (ONNX) holds it whole. */
// Tested by test/backends/onnx/sample.test.ts.
import { input, type Program, type Value } from '../ir/graph';
import { substitute } from '../ir/substitute';
import { held } from '../invariant';

/**
 * A walk along a velocity. The two halves of a turn are apart so that a precision can be chosen for the model alone. Names of
 * what belongs to the loop begin with `loop/`; all other inputs of `velocity` are the same in every turn.
 */
export interface LoopProgram {
  readonly name: string;
  /** From `loop/latents`, conditions and numbers of the turn to `velocity`. */
  readonly velocity: Program;
  /** From `loop/latents`, `loop/velocity`, `loop/kept` and numbers of the turn to those of the next: `latents` and `kept`. */
  readonly advance: Program;
  /** Scalar inputs of both, a number for each turn. */
  readonly tables: { readonly [input: string]: readonly number[] };
  readonly turns: number;
}

export function isLoop(program: Program | LoopProgram): program is LoopProgram {
  return 'turns' in program;
}

/** The loop with `change` made to both halves. */
export function mapLoop(loop: LoopProgram, change: (half: Program) => Program): LoopProgram {
  return { ...loop, velocity: change(loop.velocity), advance: change(loop.advance) };
}

/** One turn as one program with outputs `loop/next_…`. `noise`, where the latents come from, is among its inputs though nothing reads its numbers. */
export function turnOf({ name, velocity, advance }: LoopProgram): Program {
  const own = new Map(velocity.inputs.map((v): [string, Value] => [nameOf(v), v]));
  own.set('loop/velocity', velocity.outputs.velocity);
  const replaced = advance.inputs.flatMap((v): [Value, Value][] => {
    const same = own.get(nameOf(v));
    return same ? [[v, same]] : [];
  });
  const shared = new Set(replaced.map(([v]) => v));
  const names = Object.keys(advance.outputs);
  const next = substitute(Object.values(advance.outputs), new Map(replaced));
  const { shape, dtype } = held(own, 'loop/latents');
  return {
    name,
    inputs: [input('noise', shape, dtype), ...velocity.inputs, ...advance.inputs.filter((v) => !shared.has(v))],
    outputs: Object.fromEntries(names.map((state, i) => [`loop/next_${state}`, next[i]])),
    updates: [],
  };
}

/** What the loop looks like from outside: inputs `noise` and the conditions, output `image`. The graph is that of one turn. */
export function faceOf(loop: LoopProgram): Program {
  const { name, inputs, outputs } = turnOf(loop);
  return {
    name,
    inputs: inputs.filter((v) => !nameOf(v).startsWith('loop/')),
    outputs: { image: outputs['loop/next_latents'] },
    updates: [],
  };
}

function nameOf(v: Value): string {
  return v.leaf?.kind === 'input' ? v.leaf.name : '';
}
