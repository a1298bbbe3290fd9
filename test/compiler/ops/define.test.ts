import { expect, it } from '@jest/globals';
import { constant, input, type Value } from '../../../src/compiler/ir/graph';
import { ops } from '../../../src/compiler/ops';
import { free, perElement } from '../../../src/compiler/ops/cost';
import {
  attrsOf,
  defineComposite,
  definePrimitive,
  is,
  isComposite,
  type CompositeOp,
  type Op,
} from '../../../src/compiler/ops/define';
import { add, mul } from '../../../src/compiler/ops/elementwise';
import { concat, pad, slice, transpose } from '../../../src/compiler/ops/movement';
import { usual } from '../../../src/compiler/ops/traits';

const x = input('x', [2, 3]);

const twice: CompositeOp<['a']> = defineComposite<['a'], object>('twice', {
  doc: '2 · a.',
  inputs: ['a'],
  traits: { ...usual, memory: 'written out', axes: 'elementwise' },
  flops: perElement(1),
  infer: ({ a }) => a,
  expand: ({ a }) => add(a, a),
  grad: ({ dy }) => ({ a: mul(dy, 2) }),
  lower: { graphDef: 'expand', onnx: 'expand', eager: 'expand' },
});

it('gives the attributes of a value the type of its op', () => {
  const v: Value = pad(x, { before: [1, 0], after: [0, 2] });
  expect(is(v, pad) && v.attrs.before).toEqual([1, 0]);
  expect(is(v, slice)).toBe(false);
  // @ts-expect-error A pad has no axis.
  expect(is(v, pad) && v.attrs.axis).toBeUndefined();
});

it('knows concat by one name, whatever the number of operands', () => {
  expect([2, 3, 4].map((n) => is(concat(Array<Value>(n).fill(x), { axis: 0 }), concat))).toEqual([true, true, true]);
});

it('has the attributes of a value that one op alone can have made, or says which it is not', () => {
  expect(attrsOf(transpose(x, { perm: [1, 0] }), transpose)).toEqual({ perm: [1, 0] });
  expect(() => attrsOf(add(x, x), pad)).toThrow('add is not pad');
  expect(() => attrsOf(x, pad)).toThrow('a leaf is not pad');
});

it('hands operands to the rules of a record by their names', () => {
  expect(isComposite(twice) && !isComposite(add)).toBe(true);
  const y = twice(x);
  expect(twice.expand([x], {}).inputs).toEqual([x, x]);
  const [dx] = typeof twice.grad === 'string' ? [] : twice.grad([x], y, y, {});
  expect(dx?.inputs[0]).toBe(y);
  expect(twice.flops([[2, 3]], [2, 3], {})).toEqual({ linear: 0, attention: 0, full: 6 });
  expect(twice.lower.onnx).toBeNull();
});

it('takes a number for a constant of the dtype beside it', () => {
  const half = constant({ shape: [], data: Float64Array.of(1) }, 'f16');
  expect(mul(half, 2).inputs[1].dtype).toBe('f16');
  expect(ops.select(input('c', [], 'bool'), 1, half).inputs[1].dtype).toBe('f16');
});

it('takes no record that leaves a question open, and no operator that is none', () => {
  const whole = {
    doc: 'a.',
    inputs: ['a'],
    traits: { ...usual, memory: 'view', axes: null },
    flops: free,
    infer: ({ a }) => a,
    grad: 'none',
    evaluate: ({ a }) => a,
    lower: { graphDef: 'Identity', onnx: 'Identity', eager: 'clone' },
  } as const satisfies Parameters<typeof definePrimitive<['a'], object>>[1];
  const { flops: _, ...costless } = whole;
  const made: Op<['a']>[] = [
    definePrimitive<['a'], object>('whole', whole),
    // @ts-expect-error What does it cost?
    definePrimitive<['a'], object>('costless', costless),
    // @ts-expect-error How does it meet memory?
    definePrimitive<['a'], object>('traitless', { ...whole, traits: { ...usual, axes: null } }),
    // @ts-expect-error TensorFlow has no such operator.
    definePrimitive<['a'], object>('misspelt', { ...whole, lower: { ...whole.lower, graphDef: 'Identiti' } }),
    // @ts-expect-error How is it said in ONNX?
    definePrimitive<['a'], object>('wordless', { ...whole, lower: { graphDef: 'Identity', eager: 'clone' } }),
  ];
  expect(made).toHaveLength(5);
});
