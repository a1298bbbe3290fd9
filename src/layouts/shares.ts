/** How devices share a batch: each takes as many images as the others. */
// Tested by test/layouts/plan-layouts.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';

/** Refuses a batch that devices cannot share evenly: some of them would have to wait. `count` are those of all nodes. */
export function requireShared(batch: number, count: number, nodes = 1): void {
  if (batch % count === 0) return;
  const shares = divisorsOf(batch).filter((n) => n % nodes === 0);
  const counts = [shares.findLast((n) => n < count), shares.find((n) => n > count)].filter((n) => n !== undefined);
  const batches = [Math.floor(batch / count) * count, Math.ceil(batch / count) * count].filter((n) => n > 0);
  const each = counts.map((n) => n / nodes);
  const ways = [...(each.length > 0 ? [`--devices ${each.join(' or ')}`] : []), `--batch ${batches.join(' or ')}`];
  const joined = nodes === 1 ? '' : ` (${nodes} nodes of ${count / nodes})`;
  throw new WeftError(
    `A batch of ${counted(batch, 'image')} cannot be shared evenly by ${counted(count, 'device')}${joined}.`,
    `Try ${ways.join(', or ')}.`,
    2,
  );
}

/** The divisors of n in ascending order. */
export function divisorsOf(n: number): number[] {
  const small: number[] = [];
  for (let d = 1; d * d <= n; d++) if (n % d === 0) small.push(d);
  return [...new Set([...small, ...small.toReversed().map((d) => n / d)])];
}
