import { expect, it } from '@jest/globals';
import { evaluateValues } from '../../src/compiler/ir/evaluate';
import { input, type NdArray, type Program, type Value } from '../../src/compiler/ir/graph';
import type { OpName } from '../../src/compiler/ops/index';
import { reshape } from '../../src/compiler/ops/movement';
import { backends, type ConformingBackend } from './backends';
import { differences, hosted } from './compare';
import { ranked } from './ranked';
import { elementsOf, type Sample } from './samples';

interface Case {
  readonly name: string;
  readonly leaves: readonly Value[];
  readonly data: readonly NdArray[];
  readonly y: Value;
  readonly want: NdArray;
}

const ranks = [1, 2, 3, 4, 5, 6, 7, 8, 9];

for (const backend of backends.filter((b) => b.name !== 'reference' && b.variant !== 'opset 25')) {
  it.each(ranks)(
    `${[backend.name, backend.variant].filter(Boolean).join(', ')} agrees with the reference at rank %i`,
    async (rank) => {
      expect(await missesOfAll(backend, casesFor(backend, rank))).toEqual([]);
    },
  );
}

/** Samples of a rank; where data is shared by reshapes, also with views of flat tensors as operands. XLA takes minutes for all. */
function casesFor({ name, variant }: ConformingBackend, rank: number): Case[] {
  const cases = (Object.keys(ranked) as OpName[]).flatMap((op) =>
    ranked[op](rank).flatMap((sample, i) =>
      (name === 'tfjs' ? [false, true] : [false]).map((viewed) => caseOf(`${op} ${i}`, sample, viewed)),
    ),
  );
  return variant === 'compiled by XLA' ? cases.filter((_, i) => i % 9 === rank % 9) : cases;
}

function caseOf(name: string, sample: Sample, viewed: boolean): Case {
  const data = sample.inputs.map((x, j) => {
    const elements = elementsOf(x, 7 * j + name.length);
    return { shape: viewed ? [elements.length] : x.shape, data: elements };
  });
  const leaves = sample.inputs.map((x, j) => input(`${name} ${Number(viewed)} ${j}`, data[j].shape, x.dtype ?? 'f32'));
  const operands = leaves.map((leaf, j) => (viewed ? reshape(leaf, { shape: sample.inputs[j].shape }) : leaf));
  const y = sample.apply(...operands);
  const [want] = evaluateValues([y], new Map(leaves.map((leaf, j) => [leaf, data[j]])));
  return { name: viewed ? `${name} of views` : name, leaves, data, y, want };
}

/** One program of all cases, since opening one takes longer than running it; where it fails, of its halves. */
async function missesOfAll(backend: ConformingBackend, cases: readonly Case[]): Promise<string[]> {
  try {
    return await missesOf(backend, cases);
  } catch (error) {
    if (cases.length === 1) return [`${cases[0].name}: ${error instanceof Error ? error.message : String(error)}`];
    const half = cases.length >> 1;
    return [...(await missesOfAll(backend, cases.slice(0, half))), ...(await missesOfAll(backend, cases.slice(half)))];
  }
}

async function missesOf(backend: ConformingBackend, cases: readonly Case[]): Promise<string[]> {
  const outputs = Object.fromEntries(cases.map(({ y }, i) => [`y${i}`, y]));
  const program: Program = { name: 'all', inputs: cases.flatMap((c) => c.leaves), outputs, updates: [] };
  const inputs = cases.flatMap(({ leaves, data }) =>
    leaves.map((leaf, j) => [leaf.leaf?.kind === 'input' ? leaf.leaf.name : '', hosted(data[j], leaf.dtype)] as const),
  );
  const session = await backend.open([program]);
  try {
    const got = await session.run('all', Object.fromEntries(inputs));
    return cases.flatMap(({ name, want, y }, i) => {
      const found = got[`y${i}`];
      if (String(found.shape) !== String(want.shape))
        return [`${name}: shape [${found.shape}], expected [${want.shape}]`];
      if (found.dtype !== y.dtype) return [`${name}: dtype ${found.dtype}, expected ${y.dtype}`];
      return differences(name, found, want, backend.tolerance);
    });
  } finally {
    await session.dispose();
  }
}
