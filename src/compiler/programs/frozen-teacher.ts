/** The frozen model of a recipe, which its objective calls as `teacher`. */
// Tested by test/compiler/lower/objective/teacher.test.ts.
import { bindingsOf } from '../ir/bind';
import { formatShape, isStatic } from '../ir/dims';
import { boundModel } from '../lower/bound-model';
import type { Variable } from '../ir/graph';
import {
  describeConventions,
  flowProblem,
  noisyImageOf,
  recordedConventions,
  sameConventions,
} from '../lower/conventions';
import type { ModelGraph } from '../lower/model';
import { isShape } from '../lower/objective/words';
import type { Teacher } from '../lower/objective/elaborate';
import type { FrozenModel } from '../recipe/teacher';
import { besideWeight } from './copies';
import { keptModel } from './kept-model';

export function frozenTeacher({ model: kept }: Pick<FrozenModel, 'model'>, student: ModelGraph): Teacher {
  return teacherOf(student, keptModel(kept));
}

/** Its weights are variables `teacher/NAME`, which no step changes; a run gets their values when it starts. */
export function teacherOf(student: ModelGraph, model: ModelGraph): Teacher {
  return { model: boundAs(student, model), variableOf: teacherVariable };
}

/** The model, with the symbols bound that are numbers in the inputs of another one, such as the batch. */
function boundAs(other: ModelGraph, model: ModelGraph): ModelGraph {
  const known = other.inputs.flatMap(({ name, value: { shape } }) =>
    isStatic(shape) ? [[name, { shape }] as const] : [],
  );
  const inputs = model.inputs.map((i) => i.value);
  const bindings = bindingsOf({ name: model.name, inputs, outputs: {}, updates: [] }, Object.fromEntries(known));
  return Object.keys(bindings).length > 0 ? boundModel(model, bindings) : model;
}

export function teacherVariable(weight: Variable): Variable {
  return besideWeight(weight, 'teacher', 'buffer');
}

/** What two models predict differently, so that an objective cannot compare them; null if it can. */
export interface Difference {
  readonly what: string;
  readonly teacher: string;
  readonly student: string;
}

export function teacherDifference(teacher: ModelGraph, student: ModelGraph): Difference | null {
  const images = [teacher, student].map((m) => noisyImageOf(m)?.value.shape.slice(1) ?? []);
  const times = [teacher, student].map((m) => m.inputs.some((i) => i.kind === 'time'));
  if (!isShape(images[0], images[1]) || images[0].length === 0) {
    const [first, second] = images.map((shape) => (shape.length > 0 ? formatShape(shape) : 'none'));
    return { what: 'The image', teacher: first, student: second };
  }
  if (!times[0]) return { what: 'The time', teacher: 'none', student: 'one' };
  const problem = flowProblem(teacher);
  if (problem) return { what: 'The prediction', teacher: problem.message, student: describe(student) };
  if (sameConventions(recordedConventions(teacher), recordedConventions(student))) return null;
  return { what: 'The prediction', teacher: describe(teacher), student: describe(student) };
}

function describe(model: ModelGraph): string {
  return describeConventions(recordedConventions(model));
}
