/** The settings of a sample section, and what they are after reading. */
// Tested by test/compiler/sections/sample.test.ts.
import { nonNegativeRange, probabilityRange } from '../bind/number-range';
import { solvers, type SolverName } from '../programs/samplers/index';
import { oneOf } from './choices';
import type { Choice, Chosen, ParametersOf } from './field';
import { number, string } from './fields';

const interval = {
  from: number(
    'it acts at times above this one, by the clock of the solver: 0 is the noise, but the data for dpm_solver_pp',
    probabilityRange,
  ).or(0),
  to: number('and below this one; a step that begins at a bound is not guided', probabilityRange).or(1),
};
const scale = number('how far to go from the weaker branch; 1 is none', nonNegativeRange);

const guidances = {
  cfg: {
    doc: 'Classifier-free guidance, away from the answer without a condition.',
    examples: ['cfg(3.25, from: 0.1)'],
    parameters: {
      scale,
      ...interval,
      rescale: number('how far the spread is brought back', probabilityRange).optional(0),
    },
  },
  auto: {
    doc: 'Autoguidance, away from the answer of a weaker model.',
    examples: ['auto(2, weights: "weaker.safetensors")'],
    parameters: { scale, weights: string('a file with those of a weaker model'), ...interval },
  },
} satisfies { readonly [name: string]: Choice };

/** As it is written. */
export type WrittenGuidance = Chosen<ParametersOf<typeof guidances>>;

export const sampleFields = {
  solver: oneOf('what walks from noise to data', solvers),
  guidance: oneOf('leads away from the branch without a condition, or from a weaker model', guidances).orNull(),
};

export interface Guidance {
  readonly scale: number;
  readonly from: number;
  readonly to: number;
  /** How far guided velocities are brought back to the spread of the conditional ones, 0 (absent) to 1. */
  readonly rescale?: number;
  /** Autoguidance: weights of a weaker version of the model, which takes the place of the branch without a condition. */
  readonly weak?: string;
}

/** A condition as it is given for drawing, a row in each text: numbers separated by commas, or the path of a picture or of rows. */
export interface GivenValues {
  readonly values: readonly string[];
  /** Whether the black of a picture stands for 0, and not for -1. */
  readonly isMask?: boolean;
}

export interface SampleSettings {
  readonly name: string;
  readonly model: string;
  readonly solver: SolverName;
  readonly steps: number;
  readonly shift: number;
  /** Width of the last step before times are shifted, of solvers whose times rise; `1 / steps` where absent. */
  readonly lastStep?: number;
  /** Whether the model is told whole numbers, each the nearest to the time. */
  readonly wholeTimes?: boolean;
  readonly guidance: Guidance | null;
  /** Conditions by the input's name, rows taken in turn; absent where they come from elsewhere. */
  readonly given?: { readonly [input: string]: GivenValues };
}
