/** An op that controls when a value is computed, and does not change it. */
// Tested by test/compiler/autodiff/recompute.test.ts.
import { free } from './cost';
import { definePrimitive, type Op } from './define';
import { isFloat } from './shapes';
import type { GraphDefTarget, GraphDefTensor } from './targets';
import { usual } from './traits';
import { largestFloat } from './numerics';

export const barrier: Op<['x', 'event']> = definePrimitive('barrier', {
  doc: 'x, but not before the event (floating-point) is known, and apart from x: nothing computed from it is shared with what is computed from x.',
  inputs: ['x', 'event'],
  traits: { ...usual, memory: 'view', axes: null },
  flops: free,
  infer: ({ x }) => x,
  grad: ({ dy }) => ({ x: dy, event: null }),
  evaluate: ({ x }) => x,
  lower: {
    // Shares the data; a clone on wasm would copy it.
    eager: (tf, { x }) => tf.reshape(x, x.shape),
    graphDef: (g, { x, event }) => (isFloat(x.dtype) ? graphDefBarrier(g, x, event) : g.node('Identity', [x])),
    onnx: (g, { x }) => g.node('Identity', [x]),
  },
});

/**
 * x times 1 if the event is finite. XLA on CPU drops its own barriers before it looks for equal computations. It cannot know
 * that this factor is always 1. If the event is not finite, the gradients are infinite anyway.
 */
function graphDefBarrier(g: GraphDefTarget, x: GraphDefTensor, event: GraphDefTensor): GraphDefTensor {
  const { dtype } = event;
  const size = event.shape.reduce((a, b) => a * b, 1);
  const flat = g.node('Reshape', [event, g.int32s([size])], {}, { dtype, shape: [size] });
  const first = g.node('Slice', [flat, g.int32s([0]), g.int32s([1])], {}, { dtype, shape: [1] });
  const number = (value: number): GraphDefTensor => g.constant({ shape: [], data: Float64Array.of(value) }, x.dtype);
  const element = g.node('Reshape', [first, g.int32s([])], {}, { dtype, shape: [] });
  const magnitude = g.node(
    'Abs',
    [g.node('Cast', [element], { DstT: { type: 'f32' } }, { dtype: 'f32', shape: [] })],
    {},
    { dtype: 'f32', shape: [] },
  );
  const most = g.constant({ shape: [], data: Float64Array.of(largestFloat) }, 'f32');
  const finite = g.node('LessEqual', [magnitude, most], {}, { dtype: 'bool', shape: [] });
  const factor = g.node('SelectV2', [finite, number(1), number(0)], {}, { dtype: x.dtype, shape: [] });
  return g.node('Mul', [x, factor]);
}
