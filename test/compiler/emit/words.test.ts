import { expect, it } from '@jest/globals';
import { lowerProgram, siteOf } from '../../../src/compiler/emit/lower';
import { dialectWords, ownWords, type AllWords, type SomeWords } from '../../../src/compiler/emit/words';
import { evaluateValues } from '../../../src/compiler/ir/evaluate';
import { constant, input, type NdArray } from '../../../src/compiler/ir/graph';
import { ops, type OpName } from '../../../src/compiler/ops';
import type { AnyOp } from '../../../src/compiler/ops/define';
import { add, mul } from '../../../src/compiler/ops/elementwise';
import { gelu } from '../../../src/compiler/ops/nn';
import { reduceSum } from '../../../src/compiler/ops/reduction';
import type { GraphDefTarget, GraphDefTensor, OnnxTarget } from '../../../src/compiler/ops/targets';
import { ndArray } from '../../support/nd-array';

const x = input('x', [2]);
const site = (v: typeof x) => siteOf(v);

/** A graph that notes the operators it is asked for. */
function noted(opset = 23): OnnxTarget & { readonly seen: string[] } {
  const seen: string[] = [];
  const node = (op: string): string => `${op}${seen.push(op)}`;
  return { seen, opset, node, int64s: () => 'n', shape: () => 's', dim: () => 'd', constant: () => 'c' };
}

it('has the words of the records in a dialect', () => {
  const graph = noted();
  expect(dialectWords('onnx').of(add)?.(graph, ['a', 'b'], site(add(x, x)))).toBe('Add1');
  expect(dialectWords('onnx').of(gelu)?.(graph, ['a'], site(gelu(x)))).toBe('Gelu2');
  expect(dialectWords('onnx').of(gelu)?.(noted(17), ['a'], site(gelu(x)))).toBeNull();
  expect(dialectWords('graphDef').of(gelu)).toBeNull();
});

it('asks a word of the backend first, and the record where it declines', () => {
  const words = dialectWords('onnx', {
    reduceSum: (g, [a], { attrs }) => (attrs.axes.length > 1 ? g.node('ReduceMean', [a]) : null),
  });
  const y = input('y', [2, 3]);
  const graph = noted();
  words.of(reduceSum)?.(graph, ['a'], site(reduceSum(y, { axes: [0, 1] })));
  words.of(reduceSum)?.(graph, ['a'], site(reduceSum(y, { axes: [0] })));
  expect(graph.seen).toEqual(['ReduceMean', 'ReduceSum']);
});

it('runs a backend of which no op knows, from a table of the primitives', () => {
  // Every primitive is said with its own reference; a real backend has a literal here, and tsc finds what is missing.
  const primitives = (Object.entries(ops) as [OpName, AnyOp][]).filter(([, op]) => op.evaluate !== null);
  const table = Object.fromEntries(
    primitives.map(([name, op]) => [
      name,
      (_: null, operands: readonly NdArray[], { attrs, type }: ReturnType<typeof site>) =>
        op.evaluate!(operands, attrs, type),
    ]),
  ) as AllWords<null, NdArray>;
  const data = ndArray({ shape: [2], dtype: 'f32', data: Float32Array.of(-1, 2) });
  const y = mul(gelu(x), add(x, constant({ shape: [], data: Float64Array.of(1) })));
  const made = lowerProgram<null, NdArray, NdArray>(
    {
      words: ownWords('arrays', table),
      leaf: ({ leaf }) => (leaf?.kind === 'constant' ? leaf.data : data),
      say: (v, word, operands) => word(null, operands, siteOf(v)),
    },
    { name: 'p', inputs: [x], outputs: { y }, updates: [] },
  );
  expect(made(y)).toEqual(evaluateValues([y], new Map([[x, data]]))[0]);
});

type Required<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

it('asks a backend for every primitive and for no composite', () => {
  const primitive: Required<AllWords<null, null>> = 'concat';
  // @ts-expect-error A composite may be left out.
  const composite: Required<AllWords<null, null>> = 'gelu';
  expect([ops[primitive], ops[composite]].map((op) => op.expand === null)).toEqual([true, false]);
});

it('finds a table incomplete, and an op or an operator that is none, when it is compiled', () => {
  const one: SomeWords<GraphDefTarget, GraphDefTensor> = { neg: (g, [a]) => g.node('Neg', [a]) };
  // @ts-expect-error The other primitives are missing.
  const all: AllWords<GraphDefTarget, GraphDefTensor> = one;
  // @ts-expect-error There is no such op.
  const misspelt: SomeWords<GraphDefTarget, GraphDefTensor> = { negg: (g, [a]) => g.node('Neg', [a]) };
  // @ts-expect-error There is no such operator.
  const unknown: SomeWords<GraphDefTarget, GraphDefTensor> = { neg: (g, [a]) => g.node('Negg', [a]) };
  expect([all, misspelt, unknown].map((table) => Object.keys(table).length)).toEqual([1, 1, 1]);
});
