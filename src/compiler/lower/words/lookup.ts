/** The word that reads rows of a table by token. */
// Tested by test/golden/modules.test.ts.
import { formatShape } from '../../ir/dims';
import { gather } from '../../ops/indexing';
import { describe, tensorValue } from '../values';
import { takes, tensor } from './parameter';
import { word } from './word';

export const lookup = word(
  'lookup',
  'Rows of a table [vocabulary, width] by tokens [n] → [n, width].',
  {
    tokens: takes('tokens', 'tokens [n], as `input t: tokens(vocabulary)` declares them'),
    table: tensor('[vocabulary, width]'),
  },
  (ctx, args) => {
    const tokens = args.value('tokens');
    if (tokens?.kind !== 'tensor' || tokens.classes === null || tokens.shape.length === 0) {
      return args.wrongKind('tokens', 'tokens, as `input t: tokens(vocabulary)` declares them');
    }
    const table = args.tensor('table');
    const [rows] = table.shape;
    if (table.batched || table.shape.length !== 2 || typeof rows !== 'number' || rows < tokens.classes) {
      return ctx.fail('shape-mismatch', args.spanOf('table'), {
        what: '`table` of lookup',
        expected: `[${tokens.classes}, width]`,
        found: table.batched ? `${describe(table)} that depends on an input` : formatShape(table.shape),
        reason: `every one of the ${tokens.classes} tokens needs a row`,
      });
    }
    return tensorValue(gather(table.value, tokens.value), tokens.batched);
  },
);
