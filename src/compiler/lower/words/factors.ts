/** Words that write a matrix as a product. */
import { boundsOf, formatShape } from '../../ir/dims';
import { matmul, orthonormal } from '../../ops/linalg';
import { tensorValue } from '../values';
import { tensor } from './parameter';
import { word } from './word';

export const qr = word(
  'qr',
  'Orthonormal columns `q` and a triangle `r` with x = q · r: a tuple of two. The diagonal of `r` is not negative, which makes both unique unless a column depends on those before it.',
  { x: tensor('[..., n, m] with at least as many rows as columns') },
  (ctx, args) => {
    const x = args.tensor('x');
    const [rows, columns] = x.shape.slice(-2);
    if (x.shape.length < 2 || typeof columns !== 'number' || boundsOf(rows).least < columns) {
      const reason = 'as many columns can be orthogonal as there are rows, and their number must be known';
      const facts = {
        what: '`x` of qr',
        expected: '[..., n, m] with m at most n',
        found: formatShape(x.shape),
        reason,
      };
      return ctx.fail('shape-mismatch', args.spanOf('x'), facts);
    }
    ctx.step(args.span, columns);
    const q = orthonormal(x.value);
    const r = matmul(q, x.value, { transposeA: true });
    return { kind: 'tuple', items: [tensorValue(q, x.batched), tensorValue(r, x.batched)] };
  },
);
