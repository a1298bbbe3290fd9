/** The settings of a sample section, and their type after reading. */
// Tested by test/compiler/sections/sample.test.ts.
import { nonNegativeRange, probabilityRange } from '../bind/number-range';
import { solvers, type SolverName } from '../programs/samplers/index';
import { bindCall, writtenArguments } from '../bind/bind-call';
import { declaredSignature } from '../bind/signature';
import { diagnose } from '../diagnostics/diagnostic';
import { falling } from '../programs/samplers/solver';
import type { Expression, MethodDeclaration } from '../syntax/ast';
import { oneOf } from './choices';
import type { Declared, ReadMethod } from './declared';
import { Field, type Choice, type Chosen, type ParametersOf, type Reading } from './field';
import { number, string } from './fields';

const interval = {
  from: number(
    'start of the interval of times in which guidance acts, on the clock of the solver: 0 is noise, but data for dpm_solver_pp',
    probabilityRange,
  ).or(0),
  to: number('end of that interval; a step that begins exactly at a bound is not guided', probabilityRange).or(1),
};
const scale = number('guidance scale; 1 means no guidance', nonNegativeRange);

const guidances = {
  cfg: {
    doc: 'Classifier-free guidance: extrapolates away from the prediction without a condition.',
    examples: ['cfg(3.25, from: 0.1)'],
    parameters: {
      scale,
      ...interval,
      rescale: number(
        'how much of the standard deviation of the conditional prediction is restored',
        probabilityRange,
      ).optional(0),
    },
  },
  auto: {
    doc: 'Autoguidance: extrapolates away from the prediction of a weaker model.',
    examples: ['auto(2, weights: "weaker.safetensors")'],
    parameters: { scale, weights: string('file with the weights of the weaker model'), ...interval },
  },
} satisfies { readonly [name: string]: Choice };

/** As it is written. */
type WrittenSolver = Chosen<ParametersOf<typeof solvers>>;

/** As it is written. */
export type WrittenGuidance = Chosen<ParametersOf<typeof guidances>>;

/** A solver of the language, with its number of steps, which can be changed by hand. */
export type DeclaredSolver = Declared & { readonly steps: number };

/** A guidance of the language. */
export interface DeclaredGuidance extends Declared {
  /** The folder in which files that it names are searched. */
  readonly folder?: string;
  readonly weak?: undefined;
}

export function solverField(declared: ReadMethod = () => null): Field<WrittenSolver | DeclaredSolver, false> {
  const builtIn = oneOf(
    'method that integrates from noise to data: one of these, or a `solver` that this file or std/solvers declares',
    solvers,
  );
  const read = (e: Expression, reading: Reading): WrittenSolver | DeclaredSolver | undefined => {
    const found = declared('solver', solvers, e, reading);
    if (found === null) return builtIn.read(e, reading);
    const steps = found && stepsOf(found.declaration, e, reading);
    return found && steps !== undefined ? { ...found.kept, steps } : undefined;
  };
  return new Field(builtIn.doc, builtIn.takes, read, false);
}

export function guidanceField(declared: ReadMethod = () => null): Field<WrittenGuidance | DeclaredGuidance, false> {
  const doc = 'guidance: one of these, or a `guidance` that this file or std/guidance declares';
  const builtIn = oneOf(doc, guidances);
  const read = (e: Expression, reading: Reading): WrittenGuidance | DeclaredGuidance | undefined => {
    const found = declared('guidance', guidances, e, reading);
    return found === null ? builtIn.read(e, reading) : found?.kept;
  };
  return new Field(builtIn.doc, builtIn.takes, read, false);
}

/** The number of steps that a section gives, or the declaration's default. */
function stepsOf({ name, parameters }: MethodDeclaration, e: Expression, reading: Reading): number | undefined {
  const parameter = parameters.find((p) => p.name.name === 'steps');
  if (!parameter) {
    reading.report(diagnose('solver-steps', name.span, { name: name.name }));
    return undefined;
  }
  const args = e.kind === 'call' ? writtenArguments(e.args) : [];
  const { given } = bindCall(declaredSignature(name.name, parameters), args, e.span);
  const written = given.get('steps')?.value ?? parameter.default;
  // A missing number was reported with the other arguments.
  return written ? reading.argument(name.name, 'steps').value(falling.steps, written) : undefined;
}

export const sampleFields = { solver: solverField(), guidance: guidanceField().orNull() };

export interface Guidance {
  readonly scale: number;
  readonly from: number;
  readonly to: number;
  /** How far guided velocities are scaled back to the standard deviation of the conditional ones, from 0 (absent) to 1. */
  readonly rescale?: number;
  /** Autoguidance: a file with weights of a weaker version of the model, which replaces the branch without a condition. */
  readonly weak?: string;
}

/** The guidance if it is built in; null if there is none, or if it is one of the language. */
export function builtInGuidance(guidance: SampleSettings['guidance']): Guidance | null {
  return guidance && !isDeclaredGuidance(guidance) ? guidance : null;
}

export function isDeclaredGuidance(guidance: SampleSettings['guidance']): guidance is DeclaredGuidance {
  return guidance !== null && 'kind' in guidance;
}

/** A method as messages show it: its name, or its call. */
export function methodText(method: SolverName | Declared): string {
  return typeof method === 'string' ? method : method.call.replace(/\bsteps: steps(, )?/, '').replace(/\(\)$/, '');
}

/** The values of a condition for sampling. Each text is numbers separated by commas, or the path of a picture or of a file of rows. */
export interface GivenValues {
  readonly values: readonly string[];
  /** Whether black in a picture means 0 instead of -1. */
  readonly isMask?: boolean;
  /** How an encoder of the recipe makes the condition of a picture; absent where none does. */
  readonly made?: string;
}

export interface SampleSettings {
  readonly name: string;
  readonly model: string;
  /** The name of a built-in solver, or a solver of the language, whose call holds its other numbers. */
  readonly solver: SolverName | Declared;
  /** The number of steps from noise to data, at least 1. */
  readonly steps: number;
  /** The shift of the time grid, for built-in solvers. */
  readonly shift: number;
  /** Width of the last step before the shift, for solvers whose times rise; `1 / steps` if absent. */
  readonly lastStep?: number;
  /** Whether each time is rounded to the nearest whole number before the model sees it. */
  readonly wholeTimes?: boolean;
  readonly guidance: Guidance | DeclaredGuidance | null;
  /** Conditions by the input's name; images take their rows in turn. Absent if the caller gives them. */
  readonly given?: { readonly [input: string]: GivenValues };
}
