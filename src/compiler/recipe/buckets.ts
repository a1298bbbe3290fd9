/** `buckets` of a recipe: pictures of several forms, each trained at the size whose aspect ratio is nearest to its own. */
// Tested by test/train/buckets.test.ts.
import { sizeRange } from '../bind/number-range';
import { sourceOf } from '../bind/signature';
import { diagnose } from '../diagnostics/diagnostic';
import type { Expression } from '../syntax/ast';
import { itemsOf } from '../syntax/items';
import { oneOf } from './choices';
import { Field, type Choice, type Chosen, type ParametersOf, type Reading } from './field';
import { number } from './fields';

/** `24x32` as text: the size of images, height first. */
const size = new Field(
  "height and width of the bucket's images, which the hyper-parameter `size` of the model takes",
  { kind: 'expression' },
  (e: Expression, reading: Reading): string | undefined =>
    e.kind === 'size' ? sourceOf(e) : reading.wrongKind('a size such as 24x32', e),
  false,
);

const choices = {
  bucket: {
    doc: 'Images of one form.',
    examples: ['[bucket(size: 24x32), bucket(size: 32x24)]', '[bucket(size: 32x32), bucket(size: 24x40, batch: 20)]'],
    parameters: { size, batch: number("images per step, by default the recipe's `batch`", sizeRange).optional() },
  },
} satisfies { readonly [name: string]: Choice };

export type Bucket = Chosen<ParametersOf<typeof choices>>;

const bucket = oneOf('a form of images', choices);

export const buckets = new Field(
  'sizes for pictures of several forms: each step shows pictures of one form, and each picture goes to the form nearest to its own',
  { kind: 'calls', choices },
  (e: Expression, reading: Reading): readonly Bucket[] | undefined => {
    const items = itemsOf(e);
    const first = new Map<string, Expression>();
    const found = items.flatMap((item) => {
      const one = bucket.read(item, reading);
      if (!one) return [];
      const earlier = first.get(one.size);
      if (earlier)
        reading.report(diagnose('duplicate-setting', item.span, { setting: `bucket ${one.size}` }, earlier.span));
      else first.set(one.size, item);
      return [one];
    });
    if (items.length === 0) return reading.wrongKind('buckets such as [bucket(size: 24x32), bucket(size: 32x24)]', e);
    return first.size === items.length ? found : undefined;
  },
  false,
);
