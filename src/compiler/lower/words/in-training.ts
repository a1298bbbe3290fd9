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

export const dropout = dropping('dropout', 'elements', 'each element');
export const drop_path = dropping('drop_path', 'images', 'whole images');

export const noise = word(
  'noise',
  'Training draws numbers from N(0, 1) in the shape of a tensor; elsewhere the word gives zeros, so that a model is deterministic. Draws depend on the seed and the step, and differ for each use. Noise that a model needs for sampling must be an input.',
  { like: tensor('a tensor of the wanted shape') },
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
  const doc = `Training sets ${what} to 0 with probability \`rate\`, and divides the others by 1 - rate; elsewhere the word gives x. Draws depend on the seed and the step, and differ for each use.`;
  const parameters = { x: tensor('any tensor'), rate: float('probability of 0', shareRange) };
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
