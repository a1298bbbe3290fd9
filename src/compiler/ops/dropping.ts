/** Ops that training alone says: everywhere else they are their operand. */
// Tested by test/compiler/programs/dropouts.test.ts.
import { formatShape } from '../ir/dims';
import { free } from './cost';
import { defineComposite, type CompositeOp } from './define';
import { expectFloat, misfit } from './shapes';
import { usual } from './traits';

export interface DropoutAttrs {
  /** The share that is dropped, from 0 and below 1. */
  readonly rate: number;
  /** What is dropped at once: an element, or all that an image has along the axes after the first. */
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
