import { expect, it } from '@jest/globals';
import { NodeList } from '../../../src/backends/tensorflow/node-list';
import { dataTypes } from '../../../src/backends/tensorflow/proto';
import { addAssign, addHandle, addRead } from '../../../src/backends/tensorflow/variables';

it.each(['graph', 'function'] as const)(
  'holds a counter in a type that variables on a GPU can have, in a %s',
  (level) => {
    const list = new NodeList(level);
    const handle = addHandle(list, 'step', 'i32', []);
    const { node, value } = addRead(list, 'read', handle, 'i32');
    addAssign(list, 'store', { handle, value: { ref: value, dtype: 'i32' }, after: [node] });
    const types = list.nodes.map(({ op, attr }) => [op, attr.dtype?.type ?? [attr.SrcT.type, attr.DstT.type]]);
    const { i32, i64 } = dataTypes;
    expect(types).toEqual([
      ['VarHandleOp', i64],
      ['ReadVariableOp', i64],
      ['Cast', [i64, i32]],
      ['Cast', [i32, i64]],
      ['AssignVariableOp', i64],
    ]);
    expect(list.nodes.at(-1)?.input).toContain('^read');
  },
);

it.each(['f32', 'bf16', 'bool'] as const)('holds %s as it is', (dtype) => {
  const list = new NodeList('graph');
  const handle = addHandle(list, 'w', dtype, [2, 3]);
  addAssign(list, 'store', { handle, value: { ref: addRead(list, 'read', handle, dtype).value, dtype } });
  expect(list.nodes.map(({ op, attr }) => [op, attr.dtype?.type])).toEqual(
    ['VarHandleOp', 'ReadVariableOp', 'AssignVariableOp'].map((op) => [op, dataTypes[dtype]]),
  );
});
