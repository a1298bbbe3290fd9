/** Runs one program of a model on tensors: what `weft run` computes. */
// Tested by test/cli/run-programs.test.ts.
import { openSession } from '../backends/open';
import type { BackendName, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { counted } from '../compiler/diagnostics/counted';
import { suggest } from '../compiler/diagnostics/suggest';
import type { Program } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { denoise, velocityOf } from '../compiler/programs/denoise';
import { grad, loss } from '../compiler/programs/loss';
import { trainStepGiven } from '../compiler/programs/train-step';
import { vjpProgram } from '../compiler/programs/vjp';
import { controls } from '../train/steps';
import { cutText, fitInputs } from './fit-inputs';
import { averagesOf, readState, stateOf, stateless } from './given-state';
import type { RunProgram } from './run-programs';
import { requireProgramRoom } from './require-room';
import { weightsFor } from './weights-for';

export interface RunRequest {
  readonly program: RunProgram;
  /** Tensors by the names of the program's inputs; for a train step also `state/NAME`. */
  readonly tensors: HostTensors;
  /** Where the tensors come from, for messages. */
  readonly where: string;
  /** Called once everything else is known to fit. */
  readonly weights: () => Promise<HostTensors>;
  /** Whether the tensors at named points are among the outputs. */
  readonly taps: readonly string[];
  /** The recipe of a train step. */
  readonly recipe: () => TrainRecipe;
  readonly backend: BackendName | 'auto';
  readonly threads?: number;
}

export interface RunResult {
  readonly outputs: HostTensors;
  /** The inputs that the program used. */
  readonly inputs: HostTensors;
  readonly ignored: readonly string[];
  readonly backend: BackendName;
}

export async function runProgram(model: ModelGraph, request: RunRequest): Promise<RunResult> {
  const recipe = request.program === 'train_step' ? request.recipe() : null;
  const program = recipe ? trainStepGiven(model, recipe) : programOf(model, request);
  const state = recipe ? readState(program, request.tensors) : {};
  const rates = recipe ? ratesOf(recipe, state) : {};
  const given = cutText(model, recipe ? stateless(request.tensors) : request.tensors);
  const { inputs, bindings, ignored } = fitInputs(program, { ...rates, ...given }, request.where);
  const { batch = 1 } = bindings;
  const use = {
    programs: [program],
    bindings,
    doing: `Running ${request.program} of ${model.name} on ${counted(batch, 'image')}`,
    ways: (fitting: number | null) => (fitting === null ? [] : [`inputs of ${counted(fitting, 'image')}`]),
  };
  await requireProgramRoom(use, request.backend);
  const weights = await request.weights();
  const session = await openSession(request.backend, [program], { bindings, threads: request.threads });
  try {
    await session.set({ ...weightsFor([program], weights), ...averagesOf(program, weights), ...state });
    const outputs = await session.run(program.name, inputs);
    const after = recipe ? stateOf(await session.get()) : {};
    return { outputs: { ...outputs, ...after }, inputs, ignored, backend: session.backend };
  } finally {
    await session.dispose();
  }
}

/** The program with the velocity and, if requested, every tap as outputs. */
function programOf(model: ModelGraph, { program: name, taps, tensors }: RunRequest): Program {
  switch (name) {
    case 'denoise':
      return denoise(model, taps);
    case 'vjp':
      return vjpProgram(model, cotangentsIn(model, tensors), taps);
    default: {
      const program = name === 'loss' ? loss(model, taps) : grad(model, { taps });
      return { ...program, outputs: { velocity: velocityOf(model), ...program.outputs } };
    }
  }
}

/** Names of the outputs for which the tensors have a cotangent. */
function cotangentsIn(model: ModelGraph, tensors: HostTensors): string[] {
  const names = Object.keys(tensors).flatMap((name) =>
    name.startsWith('cotangent/') ? [name.slice('cotangent/'.length)] : [],
  );
  const outputs = Object.keys(model.outputs);
  const unknown = names.find((name) => !outputs.includes(name));
  if (unknown !== undefined) {
    const near = suggest(unknown, outputs);
    throw new WeftError(
      `${model.name} has no output "${unknown}" for cotangent/${unknown}.`,
      near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Its outputs: ${outputs.join(', ')}.`,
    );
  }
  if (names.length > 0) return names;
  throw new WeftError(
    'The program vjp needs a cotangent of an output, in its shape.',
    `Add ${outputs.map((name) => `cotangent/${name}`).join(' or ')} to the inputs.`,
  );
}

/** The recipe's rate and clipping norm after the number of steps in the state. */
function ratesOf(recipe: TrainRecipe, state: HostTensors): HostTensors {
  const { rate, clip } = controls(recipe, Number(state.step?.data[0] ?? 0));
  return { rate, clip };
}
