/** Shares as per cent with their intervals, for tables. */
// Tested by test/cli/align.test.ts.
import type { Share } from '../data/scene-score';

/** `87.5 (82.9–91.0)` */
export function percent({ share, low, high }: Share): string {
  const shown = (x: number): string => (100 * x).toFixed(1);
  return `${shown(share)} (${shown(low)}–${shown(high)})`;
}
