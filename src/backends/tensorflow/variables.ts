/** Nodes that make, read and assign variables, at the top level and in functions, in the type TensorFlow holds them in. */
import { attr, type GraphDType } from './proto';
import type { NodeList } from './node-list';

/**
 * Counters are held as int64: TensorFlow keeps int32 variables on the CPU even beside a GPU (`VarHandleOp` has no int32
 * kernel there), and a step that XLA compiles for the GPU cannot reach them.
 */
function heldAs(dtype: GraphDType): GraphDType {
  return dtype === 'i32' ? 'i64' : dtype;
}

/** The variable's handle; sessions and functions share the variable by its name. */
export function addHandle(list: NodeList, name: string, dtype: GraphDType, shape: readonly number[]): string {
  return list.add(`variable/${name}`, 'VarHandleOp', [], {
    dtype: attr.type(heldAs(dtype)),
    shape: attr.shape(shape),
    shared_name: attr.text(name),
    container: attr.text(''),
  });
}

/** The node that reads, for others to wait for, and its value as `dtype`. */
export function addRead(
  list: NodeList,
  name: string,
  handle: string,
  dtype: GraphDType,
): { readonly node: string; readonly value: string } {
  const held = heldAs(dtype);
  const node = list.add(name, 'ReadVariableOp', [handle], { dtype: attr.type(held) });
  const value = list.level === 'graph' ? node : `${node}:value:0`;
  return { node, value: addCast(list, name, { ref: value, dtype: held }, dtype) };
}

/** A value to store and the handle to store it in, once the nodes `after` have run. */
export interface Store {
  readonly handle: string;
  readonly value: TypedRef;
  readonly after?: readonly string[];
}

/** Stores a value; returns the node that does. */
export function addAssign(list: NodeList, name: string, { handle, value, after = [] }: Store): string {
  const held = heldAs(value.dtype);
  const inputs = [handle, addCast(list, name, value, held), ...after.map((node) => `^${node}`)];
  return list.add(name, 'AssignVariableOp', inputs, { dtype: attr.type(held) });
}

/** How nodes refer to a tensor, and its type. */
export interface TypedRef {
  readonly ref: string;
  readonly dtype: GraphDType;
}

/** The tensor in another type; unchanged if it already has that type. */
export function addCast(list: NodeList, name: string, { ref, dtype }: TypedRef, to: GraphDType): string {
  if (dtype === to) return ref;
  const types = { SrcT: attr.type(dtype), DstT: attr.type(to), Truncate: attr.bool(false) };
  return list.tensor(`${name}/cast`, { op: 'Cast', output: 'y' }, [ref], types);
}
