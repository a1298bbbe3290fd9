/** Ops that draw random numbers in a train step only. */
// Tested by test/compiler/programs/draws.test.ts.
import { formatShape } from '../ir/dims';
import { scalar } from '../ir/graph';
import { free } from './cost';
import { defineComposite, type CompositeOp } from './define';
import { broadcastTo } from './movement';
import { expectFloat, misfit } from './shapes';
import { usual } from './traits';

export interface DropoutAttrs {
  /** The share that is dropped, in [0, 1). */
  readonly rate: number;
  /** The unit that is dropped: one element, or all elements of an image along the axes after the first. */
  readonly over: 'elements' | 'images';
}

export const dropout: CompositeOp<['x'], DropoutAttrs> = defineComposite('dropout', {
  doc: 'x. A train step puts in its place x / (1 − rate), of which it drops a share `rate` by draws.',
  inputs: ['x'],
  traits: { ...usual, memory: 'written out', axes: 'elementwise' },
  flops: free,
  infer: ({ x }, { rate, over }) => {
    expectFloat('dropout', x);
    if (!(rate >= 0 && rate < 1)) misfit('dropout', `a rate of ${rate} is no share below 1`);
    if (over === 'images' && x.shape.length === 0) misfit('dropout', `${formatShape(x.shape)} has no images`);
    return x;
  },
  expand: ({ x }) => x,
  grad: ({ dy }) => ({ x: dy }),
  lower: { eager: 'expand', graphDef: 'expand', onnx: 'expand' },
});

export const noise: CompositeOp<['like']> = defineComposite('noise', {
  doc: 'Zeros in the shape of its operand. A train step puts numbers drawn from N(0, 1) in their place.',
  inputs: ['like'],
  traits: { ...usual, memory: 'written out', axes: 'elementwise' },
  flops: free,
  infer: ({ like }) => {
    expectFloat('noise', like);
    return like;
  },
  expand: ({ like }) => broadcastTo(scalar(0, like.dtype), { shape: like.shape }),
  grad: () => ({ like: null }),
  lower: { eager: 'expand', graphDef: 'expand', onnx: 'expand' },
});
