import { expect, it } from '@jest/globals';
import { namedLists, namelessLists } from '../../../src/data/checkpoints/ordered-averages';
import { tensorTables } from '../../../src/data/checkpoints/state-dicts';
import { TorchTensor } from '../../../src/data/checkpoints/torch-tensor';

function tensor(...shape: number[]): TorchTensor {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  return new TorchTensor({ key: '0', dtype: 'F32', bytes: 4096, rootBytes: 4096, offset: 0 }, 'F32', 0, shape, strides);
}

const model = new Map([
  ['a.weight', tensor(2, 3)],
  ['a.running_mean', tensor(2)],
  ['a.bias', tensor(2)],
]);
const kept = (average: string, value: TorchTensor): Map<string, unknown> =>
  new Map<string, unknown>([
    ['step', 3],
    ['exp_avg', value],
    [average, value],
  ]);

function tablesOf(state: Map<unknown, unknown>): ReadonlyMap<string, readonly string[]> {
  const root = new Map<string, unknown>([
    ['model', model],
    [
      'optimizer',
      new Map<string, unknown>([
        ['state', state],
        ['param_groups', [new Map([['lr', 0.1]])]],
      ]),
    ],
  ]);
  return new Map([...tensorTables(root)].map(([path, tensors]) => [path, [...tensors.keys()]]));
}

const shapeOf =
  (state: Map<unknown, unknown>) =>
  ({ table, name }: { table: string; name: string }): readonly number[] =>
    table === 'model'
      ? model.get(name)!.shape
      : [...state.values()].map((s) => (s as Map<string, TorchTensor>).get('ema')!.shape)[Number(name)];

it('gives averages of parameters by number the names of the weights', () => {
  const state = new Map<unknown, unknown>([
    [0, kept('ema', tensor(2, 3))],
    [1, kept('ema', tensor(2))],
  ]);
  const tables = tablesOf(state);
  expect(tables.get('optimizer.state.ema')).toEqual(['0', '1']);
  const named = namedLists(tables, shapeOf(state));
  expect(named.get('optimizer.state.ema')).toEqual([
    { name: 'a.weight', stored: '0' },
    { name: 'a.bias', stored: '1' },
  ]);
  expect(namelessLists(named)).toEqual([]);
});

it('orders parameters by their numbers, and keeps those of which some have no average in order', () => {
  const state = new Map<unknown, unknown>([10, 9, 2].map((n) => [n, kept('ema', tensor(n, 1))]));
  const { size } = tensorTables(new Map([['optimizer', new Map([['state', state]])]])).get('optimizer.state.ema')!;
  expect(size).toBe(3);
  const named = tensorTables(new Map([['optimizer', new Map([['state', state]])]])).get('optimizer.state.ema')!;
  expect([...named].map(([name, t]) => [name, t.shape[0]])).toEqual([
    ['0', 2],
    ['1', 9],
    ['2', 10],
  ]);
});

it('takes averages by name as they are named, and tells of those that fit no weights', () => {
  const byName = new Map<unknown, unknown>([['a.weight', kept('ema', tensor(2, 3))]]);
  expect(tablesOf(byName).get('optimizer.state.ema')).toEqual(['a.weight']);
  const other = new Map<unknown, unknown>([[0, kept('ema', tensor(5))]]);
  expect(namelessLists(namedLists(tablesOf(other), shapeOf(other)))).toEqual(['optimizer.state.ema']);
  const none = new Map<unknown, unknown>([[0, kept('exp_avg_sq', tensor(2, 3))]]);
  expect([...tablesOf(none).keys()]).toEqual(['model']);
});

it.each(['exp_avg', 'grads'])('refuses a file that holds nothing but the table %s', (place) => {
  expect(() => tensorTables(new Map([[place, model]]))).toThrow(`no table of named tensors only a table of ${place}`);
});

it('keeps what stands where a weight is expected, by what it is, and passes over counters', () => {
  const tables = tensorTables(
    new Map<string, unknown>([
      ['a.bias', null],
      ['a.weight', tensor(2, 3)],
      ['b.weight', [1, 2, 3]],
      ['b.bias', 7],
      ['c.bias', 'half'],
      ['c._extra_state', null],
      ['epoch', 5],
    ]),
  );
  const [[, table]] = [...tables];
  const told = [...table].map(([name, entry]) => [name, entry instanceof TorchTensor ? 'tensor' : entry.what]);
  expect(Object.fromEntries(told)).toEqual({
    'a.weight': 'tensor',
    'a.bias': 'None and no tensor',
    'b.weight': 'a list of 3 numbers and no tensor',
    'b.bias': 'the number "7" and no tensor',
    'c.bias': 'the text "half" and no tensor',
  });
});
