/** Finds the tables of tensors in what a PyTorch file holds. */
import { Refused } from './problem';
import { TorchTensor } from './torch-tensor';

/** How deep tables of tables are searched: `checkpoint.state_dict.model`. */
const DEEPEST = 3;

/** Tensors by name for each table that holds some, by its path: `''` for the file itself, `state_dict`, `model.ema`. */
export function tensorTables(root: unknown): Map<string, Map<string, TorchTensor>> {
  const tables = new Map<string, Map<string, TorchTensor>>();
  collect(root, [], tables);
  if (tables.size === 0) throw new Refused('no table of named tensors', `only ${describe(root)}`);
  return tables;
}

function collect(value: unknown, path: readonly string[], tables: Map<string, Map<string, TorchTensor>>): void {
  if (!(value instanceof Map) || path.length > DEEPEST) return;
  const tensors = new Map<string, TorchTensor>();
  for (const [key, item] of value as Map<unknown, unknown>) {
    if (typeof key !== 'string') continue;
    if (item instanceof TorchTensor) tensors.set(key, item);
    else collect(item, [...path, key], tables);
  }
  if (tensors.size > 0) tables.set(path.join('.'), tensors);
}

function describe(root: unknown): string {
  if (root instanceof TorchTensor) return `one tensor of shape [${root.shape.join(', ')}] without a name`;
  if (root instanceof Map) return `a table of ${[...root.keys()].slice(0, 8).map(String).join(', ') || 'nothing'}`;
  if (Array.isArray(root)) return `a list of ${root.length} things`;
  return root === null ? 'nothing' : `a ${typeof root}`;
}
