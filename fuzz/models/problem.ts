/** A random model made ready to run: its gradient program with every tap, and numbers for its inputs and weights. */
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { bindProgram } from '../../src/compiler/ir/bind';
import { staticShape, staticSize } from '../../src/compiler/ir/dims';
import { rootsOf, variable, variablesOf, type Program, type Value } from '../../src/compiler/ir/graph';
import { substitute } from '../../src/compiler/ir/substitute';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { grad } from '../../src/compiler/programs/loss';
import { denoise, velocityOf } from '../../src/compiler/programs/denoise';
import { withRoots } from '../../src/compiler/optimize/map-values';
import { inputName } from '../../src/backends/host';
import { elaborateModel, openSpec } from '../../src/spec/open';
import { Random } from '../random';

export interface Problem {
  readonly text: string;
  /** The same kind of problem of another text. */
  readonly of: (text: string) => Problem;
  readonly program: Program;
  readonly inputs: HostTensors;
  readonly weights: HostTensors;
}

/** `name` opens the names of the program and its weights, so that many problems fit one session. */
export function problemOf(text: string, name: string, seed: number): Problem {
  const model = modelOf(text);
  const numbers = model.inputs.map((i) => i.name).filter((i) => ['x_t', 't', 'extra'].includes(i));
  const wanted = { taps: Object.keys(model.taps).filter((tap) => /^v\d+$/.test(tap)), inputs: numbers };
  const whole = grad(model, wanted);
  const outputs = { velocity: velocityOf(model), ...whole.outputs };
  return { ...filledIn({ ...whole, name, outputs }, text, seed), of: (other) => problemOf(other, name, seed) };
}

/** The model alone, as it is exported: nothing on the way is an output, so a runtime may fuse all of it. */
export function problemOfOutput(text: string, name: string, seed: number): Problem {
  const open = { ...denoise(modelOf(text)), name };
  return { ...filledIn(open, text, seed), of: (other) => problemOfOutput(other, name, seed) };
}

function modelOf(text: string): ModelGraph {
  return elaborateModel(openSpec('model.weft', { text }).spec, 'M');
}

function filledIn(open: Program, text: string, seed: number): Omit<Problem, 'of'> {
  const program = renamed(bindProgram(open, { batch: 2 }), open.name);
  const random = new Random(seed);
  const filled = (values: readonly Value[], nameOf: (v: Value) => string): HostTensors =>
    Object.fromEntries(values.map((v) => [nameOf(v), draw(v, random)]));
  const weights = filled(variablesOf(program), (v) => (v.leaf && 'name' in v.leaf ? v.leaf.name : ''));
  return { text, program, inputs: filled(program.inputs, inputName), weights };
}

/** The program with its variables' names behind `name/`. */
function renamed(program: Program, name: string): Program {
  const own = variablesOf(program).map((v): [Value, Value] => [
    v,
    variable(`${name}/${v.leaf.name}`, v.shape, v.leaf.init, v.leaf.role, v.dtype),
  ]);
  return withRoots(program, substitute(rootsOf(program), new Map(own)));
}

/** Numbers of about one; labels of the five classes and of none; masks of one leading key or more. */
function draw(v: Value, random: Random): HostTensor {
  const shape = staticShape(v.shape);
  const size = staticSize(shape);
  if (v.leaf?.kind === 'input' && v.leaf.name.endsWith('mask')) {
    const rows = Array.from({ length: shape[0] }, () => 1 + random.below(shape[1]));
    const data = Int32Array.from({ length: size }, (_, i) => Number(i % shape[1] < rows[Math.floor(i / shape[1])]));
    return { shape, dtype: 'i32', data };
  }
  if (v.dtype === 'i32') return { shape, dtype: 'i32', data: Int32Array.from({ length: size }, () => random.below(6)) };
  const number = (): number => random.next() + random.next() + random.next() - 1.5;
  return { shape, dtype: 'f32', data: Float32Array.from({ length: size }, number) };
}
