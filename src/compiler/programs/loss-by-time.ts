/** The loss in each quarter of the time between noise and data, since a mean over all times hides which of them are not learnt. */
import type { Value } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import { cast, lessEqual, mul, sub } from '../ops/elementwise';
import { concat, reshape } from '../ops/movement';
import { reduceMean } from '../ops/reduction';

/** The output of a train step: in each quarter, from the smallest times on, what it adds to the mean loss, and then its share of the images. */
export const lossByTimeName = 'loss_by_time';

/** The number of parts that the time is divided into. */
export const timeParts = 4;

/** `loss` and `time` are `[batch]`; the result is `[2 · timeParts]`. */
export function lossByTime({ conventions }: ModelGraph, loss: Value, time: Value): Value {
  const [low, high] = [conventions.time.noise, conventions.time.data].sort((a, b) => a - b);
  const edges = Array.from({ length: timeParts - 1 }, (_, i) => low + ((high - low) * (i + 1)) / timeParts);
  const reached = edges.map((edge) => cast(lessEqual(edge, time), { dtype: 'f32' }));
  const inside = Array.from({ length: timeParts }, (_, i) => {
    const from = i === 0 ? 1 : reached[i - 1];
    return i === timeParts - 1 ? reached[i - 1] : sub(from, reached[i]);
  });
  const mean = (x: Value): Value => reshape(reduceMean(x, { axes: [0] }), { shape: [1] });
  return concat([...inside.map((x) => mean(mul(x, loss))), ...inside.map(mean)], { axis: 0 });
}
