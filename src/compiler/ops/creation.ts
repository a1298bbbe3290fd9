/** Ops that make values: random numbers from a seed, and sizes and counts known once symbols are bound. */
// Tested by test/ops/conformance.test.ts.
import { formatShape, mulDims, sizeOf, staticShape, staticSize, type Dim, type Shape } from '../ir/dims';
import type { DType, NdArray } from '../ir/graph';
import { free } from './cost';
import { defineComposite, definePrimitive, type CompositeOp, type Op } from './define';
import { gather } from './indexing';
import { reshape } from './movement';
import { normalDraws, uniformDraws } from './philox';
import { misfit } from './shapes';
import type { GraphDefOp } from './targets';
import { usual } from './traits';

export interface RandomAttrs {
  readonly shape: Shape;
  /** Distinguishes draws that share a seed; 0 by default. */
  readonly stream?: number;
}

export const randomNormal: Op<['seed'], RandomAttrs> = random('random_normal', {
  doc: 'f32 numbers drawn from N(0, 1); a function of the seed (i32 [2]), the stream and the shape alone.',
  draws: normalDraws,
  graphDef: 'StatelessRandomNormal',
});

export const randomUniform: Op<['seed'], RandomAttrs> = random('random_uniform', {
  doc: 'f32 numbers drawn uniformly from [0, 1); a function of the seed (i32 [2]), the stream and the shape alone.',
  draws: uniformDraws,
  graphDef: 'StatelessRandomUniform',
});

export interface RandomPartAttrs extends RandomAttrs {
  /** The parts of the whole draw; `shape` is that of one. */
  readonly count: number;
}

export const randomNormalPart = randomPart('random_normal', randomNormal);

export const randomUniformPart = randomPart('random_uniform', randomUniform);

export const dimension: Op<[], { readonly size: Dim; readonly dtype?: DType }> = definePrimitive('dimension', {
  doc: 'A size as a scalar (f32 unless `dtype` says otherwise): how a mean over a symbolic axis knows its count.',
  inputs: [],
  traits: { ...usual, memory: 'whole', axes: null },
  flops: free,
  infer: (_, { dtype = 'f32' }) => ({ shape: [], dtype }),
  grad: 'none',
  evaluate: (_, { size }) => ({ shape: [], data: Float64Array.from(staticShape([size])) }),
  lower: {
    eager: (tf, _, { size }, { y }) => tf.scalar(staticShape([size])[0], y.dtype === 'i32' ? 'int32' : 'float32'),
    graphDef: (g, _, { size }, { y }) => {
      return g.node('Identity', [g.constant({ shape: [], data: Float64Array.from(staticShape([size])) }, y.dtype)]);
    },
    onnx: (g, _, { size }, { y }) => g.node('Cast', [g.dim(size)], { to: { type: y.dtype } }),
  },
});

export const range: Op<[], { readonly count: Dim }> = definePrimitive('range', {
  doc: 'The numbers 0, 1, …, count − 1 as f32 [count]: what tables of positions are made of where a size is symbolic.',
  inputs: [],
  traits: { ...usual, memory: 'whole', axes: null },
  flops: free,
  infer: (_, { count }) => ({ shape: [count], dtype: 'f32' }),
  grad: 'none',
  evaluate: (_, { count }) => {
    const shape = staticShape([count]);
    return { shape, data: Float64Array.from({ length: shape[0] }, (_, i) => i) };
  },
  lower: {
    eager: (tf, _, { count }) => tf.range(0, staticShape([count])[0], 1, 'float32'),
    graphDef: (g, _, { count }) => {
      const [zero, limit, one] = [0, staticShape([count])[0], 1].map((n) => {
        return g.constant({ shape: [], data: Float64Array.of(n) }, 'f32');
      });
      return g.node('Range', [zero, limit, one]);
    },
    onnx: (g, _, { count }) => {
      return g.node('Cast', [g.node('Range', [g.dim(0), g.dim(count), g.dim(1)])], { to: { type: 'f32' } });
    },
  },
});

/** The numbers that a draw for all parts together, one after the other along the first axis, has for one of them. */
function randomPart(
  wholeName: string,
  whole: Op<['seed'], RandomAttrs>,
): CompositeOp<['seed', 'part'], RandomPartAttrs> {
  const opName = `${wholeName}_part`;
  return defineComposite(opName, {
    doc: `A part of what ${wholeName} draws for several parts along the first axis: that with the number \`part\` (i32).`,
    inputs: ['seed', 'part'],
    traits: { ...usual, memory: 'written out', axes: null, fold: 'never' },
    flops: free,
    infer: ({ part }, { shape }) => {
      if (part.dtype !== 'i32' || part.shape.length > 0 || shape.length === 0)
        misfit(opName, `a part is i32 [] of an axis, found ${part.dtype} ${formatShape(part.shape)}`);
      return { shape, dtype: 'f32' };
    },
    expand: ({ seed, part }, { shape, stream, count }) => {
      const all = whole(seed, { shape: shape.with(0, mulDims(shape[0], count)), stream });
      const parts = reshape(all, { shape: [count, sizeOf(shape)] });
      return reshape(gather(parts, reshape(part, { shape: [1] })), { shape });
    },
    grad: () => ({ seed: null, part: null }),
    lower: { eager: 'expand', graphDef: 'expand', onnx: 'expand' },
  });
}

interface RandomFacets {
  readonly doc: string;
  readonly draws: typeof normalDraws;
  readonly graphDef: GraphDefOp;
}

function random(opName: string, { doc, draws, graphDef }: RandomFacets): Op<['seed'], RandomAttrs> {
  const draw = (seed: ArrayLike<number>, stream: number, shape: readonly number[]): NdArray => {
    return { shape, data: draws(seed, stream, staticSize(shape)) };
  };
  return definePrimitive<['seed'], RandomAttrs>(opName, {
    doc,
    inputs: ['seed'],
    traits: { ...usual, memory: 'whole', axes: null, fold: 'never' },
    flops: free,
    infer: ({ seed }, { shape }) => {
      if (seed.dtype !== 'i32' || seed.shape.length !== 1 || seed.shape[0] !== 2) {
        misfit(opName, `a seed is i32 [2], found ${seed.dtype} ${formatShape(seed.shape)}`);
      }
      return { shape, dtype: 'f32' };
    },
    grad: 'none',
    evaluate: ({ seed }, { stream = 0 }, { shape }) => draw(seed.data, stream, staticShape(shape)),
    lower: {
      eager: (tf, { seed }, { stream = 0 }, { y }) => {
        const { shape, data } = draw(seed.dataSync(), stream, staticShape(y.shape));
        return tf.tensor(Float32Array.from(data), [...shape], 'float32');
      },
      // The stream changes the second word of TensorFlow's seed. The numbers differ from the reference's; the distribution is the same.
      graphDef: (g, { seed }, { stream = 0 }, { y }) => {
        const offset = g.constant({ shape: [2], data: Float64Array.of(0, stream) }, 'i32');
        const key = stream === 0 ? seed : g.node('AddV2', [seed, offset], {}, { dtype: 'i32', shape: [2] });
        return g.node(graphDef, [g.int32s(staticShape(y.shape)), key], { dtype: { type: 'f32' } });
      },
      onnx: () => {
        throw new Error(`${opName} is not available in inference programs: pass the noise as an input`);
      },
    },
  });
}
