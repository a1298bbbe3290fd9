/** Export-time rewrites of the ONNX node list: removes unused nodes, and stores weights that are only used transposed in that form. */
// Tested by test/backends/onnx/model.test.ts.
import type { WeightTensor } from './emit';
import type { OnnxNode } from './graph';

/** The nodes that `outputs` need, in the same order. */
export function removeDead(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const needed = new Set(outputs);
  const kept: OnnxNode[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (!nodes[i].output.some((x) => needed.has(x))) continue;
    for (const x of nodes[i].input) needed.add(x);
    kept.push(nodes[i]);
  }
  return kept.reverse();
}

/**
 * Stores a weight transposed if every use of it is the same Transpose (or a Cast and then that), and drops those nodes, so
 * that no runtime transposes linear layers' `[out, in]` weights at each call.
 */
export function foldTransposes(
  nodes: readonly OnnxNode[],
  weights: readonly WeightTensor[],
  outputs: ReadonlySet<string>,
): { nodes: OnnxNode[]; weights: WeightTensor[] } {
  const users = usersOf(nodes);
  const taken = new Set([...users.keys(), ...nodes.flatMap((n) => n.output), ...weights.map((w) => w.name)]);
  const dropped = new Set<OnnxNode>();
  const renamed = new Map<string, string>();
  const folded = weights.map((weight) => {
    const direct = users.get(weight.name) ?? [];
    const cast = direct.length === 1 && direct[0].opType === 'Cast' ? direct[0] : null;
    const source = cast ? cast.output[0] : weight.name;
    const transposes = users.get(source) ?? [];
    const perm = commonPerm(transposes, weight.dims.length);
    if (!perm || outputs.has(source) || transposes.some((n) => outputs.has(n.output[0]))) return weight;
    let name = `${weight.name}.T`;
    while (taken.has(name)) name += '.T';
    taken.add(name);
    for (const node of transposes) {
      dropped.add(node);
      renamed.set(node.output[0], cast ? source : name);
    }
    if (cast) renamed.set(weight.name, name);
    return { ...weight, name, perm, dims: perm.map((axis) => weight.dims[axis]) };
  });
  const kept = nodes.filter((n) => !dropped.has(n));
  return { nodes: kept.map((n) => ({ ...n, input: n.input.map((x) => renamed.get(x) ?? x) })), weights: folded };
}

function usersOf(nodes: readonly OnnxNode[]): Map<string, OnnxNode[]> {
  const users = new Map<string, OnnxNode[]>();
  for (const node of nodes) {
    for (const x of new Set(node.input)) {
      const list = users.get(x);
      if (list) list.push(node);
      else users.set(x, [node]);
    }
  }
  return users;
}

/** The permutation that all nodes apply, if they are all the same Transpose. */
function commonPerm(nodes: readonly OnnxNode[], rank: number): number[] | null {
  if (nodes.length === 0) return null;
  const perms = nodes.map((node) => {
    if (node.opType !== 'Transpose') return null;
    const perm = node.attribute?.find((a) => a.name === 'perm')?.ints?.map(Number);
    return perm ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  });
  const first = perms[0];
  return first && perms.every((p) => p && p.join() === first.join()) ? first : null;
}
