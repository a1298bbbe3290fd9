/** The word `levels`: pictures in the levels that an encoder was trained on. */
import { formatShape } from '../../ir/dims';
import { constant, type Value } from '../../ir/graph';
import { add, mul } from '../../ops/elementwise';
import { isLevelName, levelChange, levelTable, type LevelName } from '../levels';
import { mapTensor } from '../tensors';
import { takes, tensor } from './parameter';
import { word, type Arguments } from './word';

const names = Object.keys(levelTable).map((name) => `"${name}"`);
const oneOf = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

export const levels = word(
  'levels',
  'A picture in other levels: "signed" is [-1, 1], as images have, "unit" is [0, 1], "imagenet" is [0, 1] less the mean of ImageNet\'s colours and in units of their deviation, and "clip" is the same of what CLIP was trained on.',
  {
    x: tensor('any tensor; [..., 3, h, w] where colours differ'),
    from: takes('String', `the levels of x: ${oneOf}`, '"signed"'),
    to: takes('String', 'those of the result', '"signed"'),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const { scale, shift } = levelChange(named(args, 'from'), named(args, 'to'));
    const isEqual = [scale, shift].every((numbers) => numbers.every((n) => n === numbers[0]));
    if (!isEqual && (x.shape.length < 3 || x.shape.at(-3) !== 3))
      ctx.fail('shape-mismatch', args.spanOf('x'), {
        what: '`x` of levels',
        expected: '[..., 3, h, w]',
        found: formatShape(x.shape),
        reason: 'these levels differ for red, green and blue',
      });
    const ofColours = (numbers: readonly number[]): Value | number =>
      isEqual ? numbers[0] : constant({ shape: [3, 1, 1], data: Float64Array.from(numbers) });
    return mapTensor((v) => add(mul(v, ofColours(scale)), ofColours(shift)), x);
  },
);

function named(args: Arguments, name: string): LevelName {
  const written = args.has(name) ? args.string(name) : 'signed';
  return isLevelName(written) ? written : args.wrongKind(name, oneOf);
}
