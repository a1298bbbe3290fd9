/** Buckets are sizes that the model can be built at with the same weights, for pictures in a folder. */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Elaborated } from '../lower/elaborate';
import type { Expression } from '../syntax/ast';
import { itemsOf } from '../syntax/items';
import { changedModel } from './changed-model';
import { startOf, type Training } from './training';

/** The errors of `buckets` in a train section. `build` gives its model at another size; null for one that was changed by hand. */
export function checkBuckets(
  { section, place, recipe, model, isStudied = false }: Training,
  build: ((size: string) => Elaborated) | null,
): readonly Diagnostic[] {
  const { buckets, accumulate = 1, batch: whole = 1 } = recipe ?? {};
  if (!recipe || !buckets) return [];
  const written = place('buckets');
  const items: readonly (Expression | undefined)[] = written ? itemsOf(written) : [];
  const wrong = (problem: string, hint: string, at = written?.span): Diagnostic =>
    diagnose('bucket-unfit', at ?? startOf(section), { problem, hint });
  if (recipe.data.kind !== 'folder')
    return [
      wrong(
        `Buckets sort the pictures of a folder by their form, and the data are ${recipe.data.kind}().`,
        'Write `data = folder("…")`, or leave `buckets` out.',
      ),
    ];
  if (isStudied)
    return [wrong('The cases of a study are trained at one size each.', 'Leave `buckets` out, or train one model.')];
  if (!Object.hasOwn(model.hyperparameters, 'size'))
    return [
      wrong(
        `A bucket sets the hyper-parameter \`size\`, which ${model.name} does not have.`,
        'Declare `size: Size = 32x32` among them, and the input as `image(size)`.',
      ),
    ];
  return buckets.flatMap(({ size, batch = whole }, i) => {
    const at = items[i]?.span;
    if (batch % accumulate !== 0) return [diagnose('batch-parts', at ?? startOf(section), { batch, accumulate })];
    const built = build?.(size);
    if (!built) return [];
    const asked = { span: at ?? startOf(section), message: 'in the bucket of this size' };
    const { errors, weight } = changedModel(model, built, asked);
    const hint =
      'A model for several sizes has no weight that depends on its size, such as a learnt table of positions.';
    return weight
      ? [...errors, wrong(`At ${size} the model has other weights. The first is ${weight}.`, hint, at)]
      : errors;
  });
}
