import { expect, it } from '@jest/globals';
import { isInert, unpickle } from '../../../src/data/checkpoints/pickle';
import { aboutFile } from '../../../src/data/checkpoints/problem';
import { tensorTables } from '../../../src/data/checkpoints/state-dicts';
import { torchNames, torchStorage } from '../../../src/data/checkpoints/torch-globals';
import { failureOf } from '../../support/failure';

type Part = string | number | readonly number[];

/** Bytes of a pickle from opcodes as text and numbers. */
function pickled(...parts: Part[]): Uint8Array {
  return Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : Buffer.from([p].flat()))));
}

function read(bytes: Uint8Array): { value: unknown; placeholders: string[] } {
  const { global, placeholders } = torchNames();
  const { value } = unpickle(bytes, { global, persistent: torchStorage });
  return { value, placeholders: [...placeholders] };
}

/** What is said of a file with this pickle. */
function refusal(bytes: Uint8Array): Promise<string> {
  return failureOf(() => {
    try {
      tensorTables(read(bytes).value);
    } catch (error) {
      throw aboutFile('x.pt', error);
    }
  });
}

const uint32 = (n: number): number[] => [...new Uint8Array(Uint32Array.of(n).buffer)];

it.each<[string, Uint8Array, string]>([
  ['a call (REDUCE)', pickled('cdatetime\ntimezone\n)R.'), 'datetime.timezone'],
  ['a class (NEWOBJ)', pickled(0x80, 2, 'cm\nC\n', ')', 0x81, '.'), 'm.C'],
  ['a class with names (NEWOBJ_EX)', pickled(0x80, 4, 'cm\nC\n', ')}', 0x92, '.'), 'm.C'],
  ['attributes (BUILD)', pickled(0x80, 2, 'cm\nC\n', ')', 0x81, '}b.'), 'm.C'],
  ['items (SETITEMS)', pickled(0x80, 2, 'cm\nC\n', ')', 0x81, '(K\x01K\x02u.'), 'm.C'],
  ['list items (APPENDS)', pickled(0x80, 2, 'cm\nC\n', ')', 0x81, '(K\x01K\x02e.'), 'm.C'],
  [
    'a class of a module called as one of Python',
    pickled(0x80, 2, 'ccode.models\nConfig\n', ')', 0x81, '.'),
    'code.models.Config',
  ],
  ['an instance (INST)', pickled('(im\nC\n.'), 'm.C'],
  ['an instance (OBJ)', pickled('(cm\nC\nK\x01o.'), 'm.C'],
  ['what an unknown call gives, called again', pickled('cm\nf\n)R)R.'), 'm.f'],
])('keeps %s as a placeholder', (_, bytes, name) => {
  const { value, placeholders } = read(bytes);
  expect([isInert(value) && value.inert, placeholders]).toEqual([name, [name]]);
});

it('reads the text of protocol 0', () => {
  const { value } = read(pickled("(dp0\nS'a'\nI5\nsVb\nL7L\nsVc\nF0.5\nsVd\nI01\ns."));
  expect(value).toEqual(
    new Map<string, unknown>([
      ['a', 5],
      ['b', 7],
      ['c', 0.5],
      ['d', true],
    ]),
  );
});

it.each<[string, Uint8Array, RegExp]>([
  [
    'a whole number of 200 kB',
    pickled(0x80, 2, 0x8b, uint32(200_000), new Array<number>(200_000).fill(1), '.'),
    /a whole number of 200000 bytes/,
  ],
  [
    'a million dictionaries',
    Buffer.concat([pickled('('), Buffer.alloc(1_000_000, '}'), pickled('l.')]),
    /makes more things than a model has/,
  ],
  ['an OrderedDict of a number', pickled('ccollections\nOrderedDict\n(K\x05tR.'), /only a table of nothing/],
  [
    'an OrderedDict of numbers',
    pickled('ccollections\nOrderedDict\n((lp0\nK\x05atR.'),
    /made of something else than pairs/,
  ],
  [
    'a command',
    pickled("cposix\nsystem\n(S'true'\ntR."),
    /holds the Python object posix\.system, which is not a tensor/,
  ],
  ['eval', pickled("c__builtin__\neval\n(S'1'\ntR."), /holds the Python object builtins\.eval/],
  ['a TorchScript class', pickled('c__torch__.Net\nNet\n)R.'), /so it is a TorchScript program/],
  ['a name with escape codes', pickled('cos\x1b[2J\nsystem\n.'), /the Python object os\\x1b\[2J\.system/],
  ['an object and nothing else', pickled('cm\nC\n)R.'), /holds the Python object m\.C, which is not a tensor/],
])('refuses %s', async (_, bytes, message) => {
  const started = performance.now();
  expect(await refusal(bytes)).toMatch(message);
  expect(performance.now() - started).toBeLessThan(5000);
});

it('follows tables that hold one another only so far', async () => {
  let table = new Map<unknown, unknown>();
  for (let depth = 0; depth < 3; depth++) {
    const above = new Map<unknown, unknown>();
    for (let i = 0; i < 3000; i++) above.set(`k${i}`, table);
    table = above;
  }
  const asFile = (error: unknown): never => {
    throw aboutFile('x.pt', error);
  };
  expect(
    await failureOf(() =>
      Promise.resolve()
        .then(() => tensorTables(table))
        .catch(asFile),
    ),
  ).toMatch(/more often than can be followed/);
});
