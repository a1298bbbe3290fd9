/** Variables that stand beside a weight: its averages, its value at the start of the run, a frozen model's own. */
import { variable, type Variable } from '../ir/graph';

const made = new WeakMap<Variable, Map<string, Variable>>();

/** The variable `FOLDER/NAME`, with the shape and initial values of a weight. It is one object however often it is asked for, since programs tell variables apart by it. */
export function besideWeight(weight: Variable, folder: string, role: Variable['leaf']['role']): Variable {
  const { name, init } = weight.leaf;
  const known = made.get(weight) ?? new Map<string, Variable>();
  made.set(weight, known);
  const found = known.get(folder) ?? variable(`${folder}/${name}`, weight.shape, init, role);
  known.set(folder, found);
  return found;
}
