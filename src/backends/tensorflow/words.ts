/** TensorFlow's words: those of the op records, and faster ones for ops that are slow under XLA. */
// Tested by test/ops/conformance.test.ts.
import { dialectWords } from '../../compiler/emit/words';
import { staticShape } from '../../compiler/ir/dims';
import type { GraphDefWriter } from './graph-def';
import { xlaSum } from './xla-sum';

export const tensorflowWords = dialectWords<'graphDef', GraphDefWriter>('graphDef', {
  reduceSum: (g, [x], { attrs, type }) => xlaSum(g, x, attrs.axes, staticShape(type.shape)),
});
