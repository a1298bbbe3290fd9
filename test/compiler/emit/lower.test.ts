import { expect, it } from '@jest/globals';
import { lowerProgram, siteOf } from '../../../src/compiler/emit/lower';
import type { Words } from '../../../src/compiler/emit/words';
import { input, scalar, type Program, type Value } from '../../../src/compiler/ir/graph';
import { add, mul, sub } from '../../../src/compiler/ops/elementwise';
import { silu } from '../../../src/compiler/ops/nn';

const x = input('x', [2]);

/** Writes a line for every op, in the op's own name; composites have no word. */
function lines(program: Program, words: Partial<Words<string[], string>> = {}): string[] {
  const out: string[] = [];
  lowerProgram<string[], string, string>(
    {
      words: {
        name: 'text',
        of: (op) => (op.expand ? null : (to, operands) => `%${to.push(`${op.opName}(${operands.join(', ')})`) - 1}`),
        ...words,
      },
      leaf: ({ leaf }) => (leaf?.kind === 'constant' ? String(leaf.data.data[0]) : 'x'),
      say: (v, word, operands) => word(out, operands, siteOf(v)),
    },
    program,
  );
  return out;
}

function program(...roots: Value[]): Program {
  return { name: 'p', inputs: [x], outputs: Object.fromEntries(roots.map((v, i) => [`y${i}`, v])), updates: [] };
}

it('lowers operands first, and a shared value once', () => {
  const twice = mul(x, 2);
  expect(lines(program(sub(add(twice, x), twice), twice))).toEqual(['mul(x, 2)', 'add(%0, x)', 'sub(%1, %0)']);
});

it('writes out a composite that has no word', () => {
  expect(lines(program(silu(x)))).toEqual(['sigmoid(x)', 'mul(x, %0)']);
});

it('writes out a composite whose word declines', () => {
  expect(
    lines(program(silu(silu(x))), {
      of: (op) => (to, operands) => {
        if (op.expand && operands[0] === 'x') return null;
        return `%${to.push(`${op.opName}(${operands.join(', ')})`) - 1}`;
      },
    }),
  ).toEqual(['sigmoid(x)', 'mul(x, %0)', 'silu(%1)']);
});

it('takes what is known as it is', () => {
  const sum = add(x, scalar(1));
  const made = lowerProgram<null, string, string>(
    { words: { name: 'none', of: () => null }, leaf: () => 'leaf', say: () => null },
    program(sum),
    new Map([[sum, 'known']]),
  );
  expect(made(sum)).toBe('known');
});

it('lowers a chain of a hundred thousand ops', () => {
  let y: Value = x;
  for (let i = 0; i < 1e5; i++) y = add(y, x);
  expect(lines(program(y))).toHaveLength(1e5);
});
