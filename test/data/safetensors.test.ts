import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import {
  createSafetensorsWriter,
  openSafetensors,
  readAsNeeded,
  readSafetensors,
  writeSafetensors,
} from '../../src/data/safetensors';
import { widths, type DecodedTensor } from '../../src/data/safetensors/dtypes';
import type { HostTensor } from '../../src/backends/session';
import { withTemporaryFolder } from '../../src/files/atomic';
import { failureOf } from '../support/failure';
import { goldenCase } from '../support/golden';

const f32 = (shape: number[], data: number[]): HostTensor => ({ shape, dtype: 'f32', data: Float32Array.from(data) });

/** A file of the given header and data, written by hand. */
async function handmade(path: string, header: object | string, data: Uint8Array): Promise<void> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(path, Buffer.concat([length, json, data]));
}

it('reads back what it wrote, with metadata', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'w.safetensors');
    const tensors: { [name: string]: HostTensor } = {
      flag: { shape: [3], dtype: 'bool', data: Uint8Array.of(1, 0, 1) },
      'a.weight': f32([2, 2], [1, -0, NaN, Infinity]),
      label: { shape: [], dtype: 'i32', data: Int32Array.of(-7) },
      none: f32([0, 4], []),
    };
    await writeSafetensors(path, tensors, { metadata: { spec: 'größe' } });
    const back = await readSafetensors(path);
    expect(Object.fromEntries([...back].sort())).toEqual(Object.fromEntries(Object.entries(tensors).sort()));
    const reader = await openSafetensors(path);
    expect(reader.metadata).toEqual({ spec: 'größe' });
    expect(reader.info('a.weight')).toEqual({ dtype: 'F32', shape: [2, 2], bytes: 16 });
    await reader.close();
    expect(await readdir(folder)).toEqual(['w.safetensors']);
  }));

it('refuses a header or an index with a name twice, of which JSON takes the last', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'w.safetensors');
    const entry = (dtype: string): string => `{"dtype":"${dtype}","shape":[4],"data_offsets":[0,16]}`;
    const refused = /w\.safetensors is not a sound safetensors file: its header has "(a|dtype)" twice\./;
    await handmade(path, `{"a":${entry('F32')},"a":${entry('I32')}}`, new Uint8Array(16));
    expect(await failureOf(() => openSafetensors(path))).toMatch(refused);
    await handmade(path, `{"a":${entry('F32').replace('"shape"', '"dtype":"I32","shape"')}}`, new Uint8Array(16));
    expect(await failureOf(() => openSafetensors(path))).toMatch(refused);
    await handmade(path, `{"a":${entry('F32')}}`, new Uint8Array(16));
    const index = `${path}.index.json`;
    await writeFile(index, '{"weight_map":{"a":"v.safetensors","a":"w.safetensors"}}');
    expect(await failureOf(() => openSafetensors(index))).toMatch(/is not a sound index of shards: it has "a" twice\./);
  }));

it('keeps tensors whose names mean something to JavaScript', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'w.safetensors');
    const names = ['__proto__', 'constructor', 'hasOwnProperty'];
    await writeSafetensors(path, new Map(names.map((name, i) => [name, f32([1], [i])])));
    const read = await readAsNeeded(path);
    expect(Object.entries(read).map(([name, { data }]) => [name, [...data]])).toEqual(
      names.map((name, i) => [name, [i]]),
    );
  }));

it('reads the files of another writer as an independent reader does', async () => {
  const { tensors } = goldenCase('adamw_ema_fast');
  const got = await readSafetensors('test/golden/adamw_ema_fast.safetensors');
  expect([...got.keys()].sort()).toEqual(Object.keys(tensors).sort());
  for (const [name, tensor] of Object.entries(tensors)) expect(got.get(name)).toEqual(tensor);
});

it('converts every stored type to a host type', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'types.safetensors');
    const parts: [string, ArrayBufferView][] = [
      ['F64', Float64Array.of(0.5, -2)],
      ['I64', BigInt64Array.of(-3n, 2147483647n)],
      ['U64', BigUint64Array.of(3n, 4n)],
      ['U32', Uint32Array.of(5, 6)],
      ['F16', Uint16Array.of(0x3c00, 0xc500)],
      ['BF16', Uint16Array.of(0x3f80, 0xc0a0)],
      ['I16', Int16Array.of(-300, 300)],
      ['U16', Uint16Array.of(1, 65535)],
      ['I8', Int8Array.of(-128, 127)],
      ['U8', Uint8Array.of(0, 255)],
      ['BOOL', Uint8Array.of(0, 1)],
    ];
    const header: { [name: string]: object } = {};
    let at = 0;
    for (const [dtype, data] of parts) {
      header[dtype] = { dtype, shape: [2], data_offsets: [at, (at += data.byteLength)] };
    }
    const bytes = parts.map(([, d]) => new Uint8Array(d.buffer));
    await handmade(path, header, Buffer.concat(bytes));
    const read = await readSafetensors(path);
    expect(Object.fromEntries([...read].map(([name, t]) => [name, [t.dtype, ...t.data]]))).toEqual({
      F64: ['f32', 0.5, -2],
      I64: ['i32', -3, 2147483647],
      U64: ['i32', 3, 4],
      U32: ['i32', 5, 6],
      F16: ['f32', 1, -5],
      BF16: ['f32', 1, -5],
      I16: ['i32', -300, 300],
      U16: ['i32', 1, 65535],
      I8: ['i32', -128, 127],
      U8: ['i32', 0, 255],
      BOOL: ['bool', 0, 1],
    });
  }));

it('reads every stored type as torch does', async () => {
  const reader = await openSafetensors('test/golden/dtypes.safetensors');
  const names = reader.names.filter((name) => !name.startsWith('want/'));
  const numbers = async (name: string): Promise<number[]> => [...(await reader.read(name)).data];
  expect([...names].sort()).toEqual(Object.keys(widths).sort());
  for (const name of names.filter((n) => n !== 'F64'))
    expect([name, ...(await numbers(name))]).toEqual([name, ...(await numbers(`want/${name}`))]);
  // It holds 1e300, which torch makes infinite in silence.
  expect(await failureOf(() => reader.read('F64'))).toMatch(
    /"F64" \(F64\) holds 1e\+300, which is beyond 32-bit floats/,
  );
  await reader.close();
});

it('stores floats as halves when asked, rounded to nearest', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'half.safetensors');
    const values = f32([5], [1 / 3, -65504, 1e-7, 2 ** -24, 1e6]);
    await writeSafetensors(path, { values }, { dtype: 'F16' });
    expect([...(await readSafetensors(path)).get('values')!.data]).toEqual([
      1365 / 4096,
      -65504,
      2 ** -23,
      2 ** -24,
      Infinity,
    ]);
    await writeSafetensors(path, { values }, { dtype: 'BF16' });
    expect([...(await readSafetensors(path)).get('values')!.data].slice(0, 2)).toEqual([171 / 512, -65536]);
  }));

it('writes tensors one by one in any order, aligned to their width', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'stream.safetensors');
    const planned = [
      { name: 'mask', dtype: 'BOOL', shape: [3] },
      { name: 'w', dtype: 'F32', shape: [2] },
    ] as const;
    const writer = await createSafetensorsWriter(path, { tensors: planned });
    await writer.write('w', f32([2], [1, 2]));
    expect(await failureOf(() => writer.write('w', f32([2], [1, 2])))).toMatch(/"w" was written before/);
    expect(await failureOf(() => writer.write('mask', f32([4], [1, 2, 3, 4])))).toMatch(
      /planned as \[3\] but is \[4\]/,
    );
    await writer.write('mask', { shape: [3], dtype: 'bool', data: Uint8Array.of(1, 1, 0) });
    expect(await readdir(folder)).not.toContain('stream.safetensors');
    await writer.close();
    const bytes = await readFile(path);
    const start = 8 + Number(bytes.readBigUInt64LE(0));
    expect(start % 8).toBe(0);
    expect(bytes.length).toBe(start + 11);
    expect([...(await readSafetensors(path)).get('w')!.data]).toEqual([1, 2]);
  }));

it('leaves no file behind when a planned tensor never came', () =>
  withTemporaryFolder(async (folder) => {
    const writer = await createSafetensorsWriter(join(folder, 'x.safetensors'), {
      tensors: [{ name: 'w', dtype: 'F32', shape: [2] }],
    });
    expect(await failureOf(() => writer.close())).toMatch(/closed before 1 of its tensors were written: w/);
    expect(await readdir(folder)).toEqual([]);
  }));

it('refuses a tensor whose data do not fill its shape', () =>
  withTemporaryFolder(async (folder) => {
    const writing = () => writeSafetensors(join(folder, 'x.safetensors'), { w: f32([3], [1, 2]) });
    expect(await failureOf(writing)).toBe('"w" of shape [3] holds 2 numbers.');
    expect(await readdir(folder)).toEqual([]);
  }));

it('names the tensors nearest to one it has not', async () => {
  const reader = await openSafetensors('test/golden/dit_block.safetensors');
  expect(await failureOf(() => reader.read('in/y'))).toMatch(/has no tensor "in\/y"\.\nDid you mean in\/[cx]/);
  await reader.close();
});

it('says how many bytes of a file are missing', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'cut.safetensors');
    await writeSafetensors(path, { w: f32([100], Array(100).fill(1)) });
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, -13));
    expect(await failureOf(() => openSafetensors(path))).toContain(
      `cut short: it has ${whole.length - 13} of ${whole.length} bytes.`,
    );
    await writeFile(path, whole.subarray(0, 30));
    expect(await failureOf(() => openSafetensors(path))).toMatch(/cut short: it has 30 of at least \d+ bytes/);
  }));

it('says what is wrong in a header', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'bad.safetensors');
    const cases: [object | string, RegExp][] = [
      ['{"w": ', /header of 6 bytes is not JSON/],
      [{ w: { dtype: 7, shape: [], data_offsets: [0, 8] } }, /"w" has no dtype/],
      [{ w: { dtype: 'F32', shape: [2], data_offsets: [8, 0] } }, /has data_offsets from 8 back to 0/],
      [
        { w: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } },
        /is F32 \[3\], so needs 3 x 4 = 12 bytes, but takes 8/,
      ],
      [{ w: { dtype: 'F32', shape: [-1], data_offsets: [0, 8] } }, /shape \[-1\], which is not a list of sizes/],
      [{ w: { dtype: 'F32', shape: [2], data_offsets: [0] } }, /two byte positions are needed/],
      [{ w: 3 }, /entry for the tensor "w" is not a table/],
      [{ __metadata__: { a: 1 } }, /not a table of strings/],
      [
        { a: { dtype: 'U8', shape: [6], data_offsets: [0, 6] }, b: { dtype: 'U8', shape: [4], data_offsets: [4, 8] } },
        /"a" and "b" share 2 of its bytes/,
      ],
      [{ a: { dtype: 'U8', shape: [4], data_offsets: [4, 8] } }, /4 bytes before the tensor "a" belong to no tensor/],
      [{ a: { dtype: 'U8', shape: [4], data_offsets: [0, 4] } }, /4 bytes at its end belong to no tensor/],
      [{ a: { dtype: 'U8', shape: [10], data_offsets: [0, 10] } }, /cut short: it has \d+ of \d+ bytes/],
    ];
    for (const [header, message] of cases) {
      await handmade(path, header, new Uint8Array(8));
      expect(await failureOf(() => openSafetensors(path))).toMatch(message);
    }
    // A type whose name every object has is unknown, as others are.
    await handmade(path, { a: { dtype: 'constructor', shape: [8], data_offsets: [0, 8] } }, new Uint8Array(8));
    expect(await failureOf(() => readSafetensors(path))).toMatch(/of the type constructor, which Weft does not read/);
    for (const [length, message] of [
      [200_000_000n, /header would be 200 MB long; the format allows 100 MB/],
      [60_000_000n, /header would be 60 MB long; at most 50 MB are read/],
    ] as const) {
      const long = Buffer.alloc(16, '{');
      long.writeBigUInt64LE(length);
      await writeFile(path, long);
      expect(await failureOf(() => openSafetensors(path))).toMatch(message);
    }
  }));

it('reads what the reference library reads: white space, any order, no metadata, other types', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'lenient.safetensors');
    const header = `\n  {"b": {"data_offsets": [4, 8], "dtype": "F32", "shape": [], "more": 1}, "__metadata__": null,
      "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
      "empty": {"dtype": "I64", "shape": [0, 3], "data_offsets": [4, 4]},
      "half": {"dtype": "F4", "shape": [2, 2], "data_offsets": [8, 10]},
      "new": {"dtype": "Q9", "shape": [5], "data_offsets": [10, 11]}}\t `;
    await handmade(path, header, new Uint8Array([...new Uint8Array(Float32Array.of(1, 2).buffer), 0, 0, 0]));
    const reader = await openSafetensors(path);
    expect([...(await reader.read('a')).data, ...(await reader.read('b')).data]).toEqual([1, 2]);
    expect([reader.info('half').dtype, reader.info('new').shape]).toEqual(['F4', [5]]);
    expect(await failureOf(() => reader.read('half'))).toMatch(
      /"half" of .* is of the type F4, which Weft does not read/,
    );
    expect(await failureOf(() => reader.read('new'))).toMatch(/is of the type Q9/);
    await reader.close();
  }));

it('says which numbers of 64-bit floats vanish in 32 bits', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'small.safetensors');
    const bytes = new Uint8Array(Float64Array.of(1e-300, 0.5).buffer);
    await handmade(path, { w: { dtype: 'F64', shape: [2], data_offsets: [0, 16] } }, bytes);
    const reader = await openSafetensors(path);
    const { data, note } = (await reader.read('w')) as DecodedTensor;
    expect([...data]).toEqual([0, 0.5]);
    expect(note).toBe('"w" (F64) holds 1 number too small for 32-bit floats, 1e-300 for one; they are read as 0');
    await reader.close();
  }));

it.each([
  ['brackets', `{"a":${'['.repeat(4e6)}${']'.repeat(4e6)}}`, /its header is nested more than 64 deep/],
  ['items', `{"a":[${`[${'0,'.repeat(180_000)}0],`.repeat(12)}0]}`, /has more than 2,000,000 items/],
  ['items of a list', `{"a":[${'0,'.repeat(2_000_001)}0]}`, /has a table or list of more than 200,000 items/],
  [
    'metadata',
    `{"__metadata__":{${Array.from({ length: 300_000 }, (_, i) => `"k${i}":"v"`).join()}}}`,
    /has a table or list of more than 200,000 items/,
  ],
  [
    'tensors',
    `{${Array.from({ length: 300_000 }, (_, i) => `"t${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`).join()}}`,
    /has more than 600,000 tables and lists/,
  ],
])('refuses a header of too many %s before it is parsed', (_, header, message) =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'bomb.safetensors');
    await handmade(path, header, new Uint8Array(0));
    const started = performance.now();
    expect(await failureOf(() => openSafetensors(path))).toMatch(message);
    expect(performance.now() - started).toBeLessThan(5000);
  }),
);

it.each([
  ['brackets', '['.repeat(20e6)],
  ['names', `{${Array.from({ length: 1_000_000 }, (_, i) => `"a${i}":""`).join()}}`],
])('takes checksums of too many %s for none, and does not parse them', (_, text) =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'bomb.safetensors');
    await handmade(path, JSON.stringify({ __metadata__: { weft_sums: text } }), new Uint8Array(0));
    const started = performance.now();
    expect((await readSafetensors(path)).size).toBe(0);
    expect(performance.now() - started).toBeLessThan(5000);
  }),
);

it('recognises files of other kinds', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'model.safetensors');
    const cases: [string | Uint8Array, RegExp][] = [
      ['PK\x03\x04 and so on, a longer text', /but a zip archive, as PyTorch/],
      [Buffer.from([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]), /but a Python pickle/],
      ['<!DOCTYPE html><html>', /but a web page/],
      ['\x08\x08\x12\x04weft\x1a\x050.1.0B', /but an ONNX model.*\n.*the file of weights that it was made from/],
      ['version https://git-lfs.github.com/spec/v1\noid sha256:…', /but a Git LFS pointer.*\n.*git lfs pull/],
      ['{"weight_map": {"a": "b"}}', /but plain JSON text/],
      [new Uint8Array(32), /but all zero bytes/],
      ['', /it is empty/],
      ['abc', /it has only 3 bytes/],
      ['some text that is longer than that', /it does not begin with a header/],
    ];
    for (const [content, message] of cases) {
      await writeFile(path, content);
      expect(await failureOf(() => openSafetensors(path))).toMatch(message);
    }
  }));

it('names the files near to one that is missing', () =>
  withTemporaryFolder(async (folder) => {
    await writeSafetensors(join(folder, 'model.safetensors'), {});
    expect(await failureOf(() => openSafetensors(join(folder, 'modle.safetensors')))).toMatch(
      /does not exist\.\nDid you mean .*model\.safetensors\?/,
    );
    expect(await failureOf(() => openSafetensors(join(folder, 'weights')))).toMatch(
      /That folder has: model\.safetensors/,
    );
    expect(await failureOf(() => openSafetensors(join(folder, 'no', 'w')))).toMatch(/nor does its folder/);
  }));

it('does not round 64-bit integers silently', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'big.safetensors');
    await handmade(
      path,
      { n: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } },
      new Uint8Array(BigInt64Array.of(3_000_000_000n).buffer),
    );
    await expect(readSafetensors(path)).rejects.toThrow(WeftError);
    expect(await failureOf(() => readSafetensors(path))).toMatch(/"n" \(I64\) holds 3000000000/);
  }));

it.each([
  ['a number', (bytes: Buffer) => bytes.length - 6, 'its tensor "w" is not what was written'],
  ['the last byte', (bytes: Buffer) => bytes.length - 1, 'its tensor "w" is not what was written'],
  ['the name', (bytes: Buffer) => bytes.indexOf('"w":{') + 1, 'written with a tensor "w" that it does not hold'],
])('refuses what it wrote once %s of it has changed', (_, at, words) =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'w.safetensors');
    await writeSafetensors(path, { w: { shape: [3], dtype: 'f32', data: Float32Array.of(1, 2, 3) } });
    const bytes = await readFile(path);
    bytes[at(bytes)] ^= 1;
    await writeFile(path, bytes);
    await expect(readSafetensors(path)).rejects.toThrow(words);
  }),
);

describe('a header that was changed after it was written', () => {
  const tensor: HostTensor = { shape: [2, 3], dtype: 'f32', data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  /** Opens a file of Weft's own whose header a program has changed; what is told. */
  const told = (change: (header: { [name: string]: object }) => void): Promise<string | undefined> =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'w.safetensors');
      const metadata = { classes: '["cat","dog"]', conventions: '{}' };
      await writeSafetensors(path, { w: tensor }, { metadata });
      const bytes = await readFile(path);
      const start = 8 + Number(bytes.readBigUInt64LE(0));
      const header = JSON.parse(bytes.toString('utf8', 8, start)) as { [name: string]: object };
      change(header);
      await handmade(path, header, bytes.subarray(start));
      const file = await openSafetensors(path);
      await file.close();
      return file.remark;
    });
  const changed = /^its metadata .* are not those that were written/;

  it('is told of metadata that were swapped, removed, added or damaged', async () => {
    expect(await told((h) => Object.assign(h.__metadata__, { classes: '["dog","cat"]' }))).toMatch(changed);
    expect(await told((h) => Reflect.deleteProperty(h.__metadata__, 'conventions'))).toMatch(changed);
    expect(await told((h) => Object.assign(h.__metadata__, { given: '{}' }))).toMatch(changed);
    expect(await told((h) => Object.assign(h.__metadata__, { weft_sums: '{' }))).toMatch(changed);
    expect(await told((h) => Object.assign(h.__metadata__, { weft_header: '{' }))).toMatch(changed);
  });

  it('refuses a tensor of another shape or type', async () => {
    const words = /w\.safetensors is not a sound safetensors file: its tensors have other types or shapes/;
    expect(await failureOf(() => told((h) => Object.assign(h.w, { shape: [3, 2] })))).toMatch(words);
    expect(await failureOf(() => told((h) => Object.assign(h.w, { dtype: 'I32' })))).toMatch(words);
  });

  it('says nothing of sound files, of those of older versions and of other programs', async () => {
    expect(await told(() => {})).toBeUndefined();
    expect(await told((h) => Reflect.deleteProperty(h.__metadata__, 'weft_header'))).toBeUndefined();
    expect(await told((h) => Reflect.deleteProperty(h, '__metadata__'))).toBeUndefined();
    // Key order and layout are the writer's own business.
    expect(
      await told((h) =>
        Object.assign(h, { __metadata__: Object.fromEntries(Object.entries(h.__metadata__).reverse()) }),
      ),
    ).toBeUndefined();
  });
});
