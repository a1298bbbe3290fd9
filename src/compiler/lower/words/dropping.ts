/** Words that act while a model trains, and nowhere else. */
// Tested by test/compiler/programs/dropouts.test.ts.
import type { NumberRange } from '../../bind/number-range';
import { dropout as dropoutOp, type DropoutAttrs } from '../../ops/dropping';
import { withBatch } from '../tensors';
import { tensorValue } from '../values';
import { float, tensor } from './parameter';
import { word, type Word } from './word';

/** A share of which something is left. */
const shareRange: NumberRange = { min: 0, below: 1 };

export const dropout = dropping('dropout', 'elements', 'Each element is 0 with probability `rate`');
export const drop_path = dropping('drop_path', 'images', 'All of an image is 0 with probability `rate`');

function dropping(name: string, over: DropoutAttrs['over'], what: string): Word {
  const doc = `${what} in a train step, and what is left is divided by 1 - rate; x in sampling, exports and all else. Draws follow from the seed and the step, anew for each use.`;
  const parameters = { x: tensor('any tensor'), rate: float('the share that is dropped', shareRange) };
  return word(name, doc, parameters, (ctx, args) => {
    const x = args.tensor('x');
    const rate = args.number('rate');
    if (rate === 0) return x;
    return tensorValue(dropoutOp(withBatch(ctx, x), { rate, over }), true);
  });
}
