/** What a model may learn, and how training times are drawn. */
// Tested by test/train/run-digest.test.ts.
import { nonNegativeRange } from '../bind/number-range';
import { shiftField } from '../programs/samplers/time-grid';
import type { Expression } from '../syntax/ast';
import { oneOf } from './choices';
import type { Declared, ReadMethod } from './declared';
import { Field, type Choice, type Chosen, type ParametersOf, type Reading } from './field';
import { number, word } from './fields';

const timeSamplings = {
  logit_normal: {
    doc: 'Logit-normal times, which are densest in the middle.',
    examples: ['logit_normal(0, 1)'],
    parameters: {
      mean: number('mean of the logit').or(0),
      std: number('standard deviation of the logit', nonNegativeRange).or(1),
      shift: shiftField,
    },
  },
  uniform: { doc: 'Uniformly distributed times.', examples: ['uniform'], parameters: { shift: shiftField } },
} satisfies { readonly [name: string]: Choice };

/** How training times are drawn. */
export type TimeSampling = Chosen<ParametersOf<typeof timeSamplings>>;

const predictions = ['velocity', 'x0', 'noise'] as const;

/** The meaning of the network's output; the loss is that of the velocity computed from it. */
export type Prediction = (typeof predictions)[number];

export const objectives = {
  rectified_flow: {
    doc: 'Rectified flow: straight paths from noise to data, along which the model learns the velocity.',
    examples: ['rectified_flow(time: logit_normal(0, 1))', 'rectified_flow(time: uniform, predict: velocity)'],
    parameters: {
      time: oneOf('distribution of training times', timeSamplings),
      predict: word('what the model predicts; by default the name of its output says it', predictions).optional(),
    },
  },
} satisfies { readonly [name: string]: Choice };

/** An objective that is declared in the language. */
export interface DeclaredObjective extends Declared {
  /** Never set: the model itself says what its output stands for. */
  readonly predict?: undefined;
}

export type Objective = Chosen<ParametersOf<typeof objectives>> | DeclaredObjective;

export function objectiveField(declared: ReadMethod = () => null): Field<Objective, false> {
  const builtIn = oneOf(
    'training loss: one of these, or an `objective` that this file or std/objectives declares',
    objectives,
  );
  const read = (e: Expression, reading: Reading): Objective | undefined => {
    const found = declared('objective', objectives, e, reading);
    return found === null ? builtIn.read(e, reading) : found?.kept;
  };
  return new Field(builtIn.doc, builtIn.takes, read, false);
}
