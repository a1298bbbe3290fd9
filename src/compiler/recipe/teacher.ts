/** `teacher = frozen(Big(depth: 12), weights: "big.safetensors")`: a second model, which an objective can call. */
// Tested by test/compiler/lower/objective/teacher.test.ts.
import type { Expression } from '../syntax/ast';
import { call, writtenArgument } from './choices';
import type { Declared } from './declared';
import { Field, type Reading } from './field';
import { string } from './fields';

/** A model with trained weights that training does not change. */
export interface FrozenModel {
  /** The call of the model, with the text of all that it uses. */
  readonly model: Declared;
  /** A file of weights, or the folder of a run. */
  readonly weights: string;
}

/** Reads a model that a file declares or imports; undefined if it is wrong, after the error is reported. */
export type ReadModel = (e: Expression, reading: Reading) => Declared | undefined;

/** The model in `frozen(Model, weights: …)`, with or without hyper-parameters; null if another value is written. */
export function frozenModel(written: Expression): Expression | null {
  const model = writtenArgument(teacherField(), written, 'model');
  return model && (model.kind === 'name' || model.kind === 'call') ? model : null;
}

export function teacherField(readModel: ReadModel = () => undefined): Field<FrozenModel, true> {
  const model = new Field('a model that this file declares or imports', { kind: 'model' }, readModel, false);
  return call('frozen model that an objective calls as `teacher(noisy, time: t)`', 'frozen', {
    doc: 'A model with trained weights, which training does not change.',
    examples: ['frozen(Example(width: 32), weights: "runs/wide")'],
    parameters: { model, weights: string('a file of weights, or the folder of a run') },
  }).optional();
}
