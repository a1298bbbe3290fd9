/** A growing list of graph nodes with unique names; the body of a function or the top level of a graph. */
// Tested by test/backends/tensorflow/graph-def.test.ts.
import type { AttrProto, NodeProto } from './proto';

/** How a tensor of a node is named: at the top level by the node, inside a function by its output argument too. */
export type Level = 'graph' | 'function';

export class NodeList {
  readonly nodes: NodeProto[] = [];
  private readonly taken = new Map<string, number>();

  constructor(readonly level: Level) {}

  /** Adds a node and returns its name, made unique; characters that a name may not have become `_`. */
  add(name: string, op: string, input: readonly string[], attr: NodeProto['attr']): string {
    const unique = this.reserve(name);
    this.nodes.push({ name: unique, op, input, attr });
    return unique;
  }

  /** Adds a node and returns how others refer to one of its outputs, which the operator calls `output`; the first unless `place` says otherwise. */
  tensor(
    name: string,
    { op, output, place = 0 }: { readonly op: string; readonly output: string; readonly place?: number },
    input: readonly string[],
    attr: { [name: string]: AttrProto },
  ): string {
    const node = this.add(name, op, input, attr);
    if (this.level === 'function') return `${node}:${output}:0`;
    return place === 0 ? node : `${node}:${place}`;
  }

  /** Takes a name that no other node has. */
  reserve(name: string): string {
    const clean = cleanName(name);
    const count = this.taken.get(clean) ?? 0;
    this.taken.set(clean, count + 1);
    if (count === 0) return clean;
    return this.reserve(`${clean}_${count}`);
  }
}

/** A node name as TensorFlow allows it. */
export function cleanName(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_./-]/g, '_');
  return /^[A-Za-z0-9.]/.test(clean) ? clean : `n${clean}`;
}
