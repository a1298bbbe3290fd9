/** Words that act only while a model trains. */
// Tested by test/compiler/programs/draws.test.ts.
import type { NumberRange } from '../../bind/number-range';
import type { Shape } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import { randomNormal, randomUniform } from '../../ops/creation';
import { dropout as dropoutOp, noise as noiseOp, type DropoutAttrs } from '../../ops/in-training';
import type { Context, Draws } from '../context';
import { dropped } from '../dropped';
import { withBatch } from '../tensors';
import { tensorValue } from '../values';
import { float, tensor } from './parameter';
import { word, type Arguments, type Word } from './word';

/** Shares from 0 to less than 1: something must be left. */
const shareRange: NumberRange = { min: 0, below: 1 };

export const dropout = dropping('dropout', 'elements', 'Each element is 0 with probability `rate`');
export const drop_path = dropping('drop_path', 'images', 'All of an image is 0 with probability `rate`');

export const noise = word(
  'noise',
  'Numbers drawn from N(0, 1) in the shape of a tensor in a train step; zeros in sampling, exports and all else, so that a model gives one answer. Draws follow from the seed and the step, anew for each use. What a model reads as noise when it is sampled is an input.',
  { like: tensor('what has the shape') },
  (ctx, args) => {
    const like = withBatch(ctx, args.tensor('like'));
    const draws = drawsOf(ctx, args);
    if (!draws) return tensorValue(noiseOp(like), true);
    return tensorValue(randomNormal(draws.seed, { shape: like.shape, stream: draws.nextStream() }), true);
  },
);

/** The draws of a train step; null when a model is built. */
function drawsOf(ctx: Context, args: Arguments): Draws | null {
  return ctx.draws === 'refused'
    ? ctx.fail('optimizer-effect', args.span, { what: 'draw', name: args.callee })
    : ctx.draws;
}

function dropping(name: string, over: DropoutAttrs['over'], what: string): Word {
  const doc = `${what} in a train step, and what is left is divided by 1 - rate; x in sampling, exports and all else. Draws follow from the seed and the step, anew for each use.`;
  const parameters = { x: tensor('any tensor'), rate: float('the share that is dropped', shareRange) };
  return word(name, doc, parameters, (ctx, args) => {
    const x = args.tensor('x');
    const rate = args.number('rate');
    if (rate === 0) return x;
    const draws = drawsOf(ctx, args);
    if (!draws) return tensorValue(dropoutOp(withBatch(ctx, x), { rate, over }), true);
    const uniform = (shape: Shape): Value => randomUniform(draws.seed, { shape, stream: draws.nextStream() });
    return tensorValue(dropped(withBatch(ctx, x), { rate, over }, uniform), true);
  });
}
