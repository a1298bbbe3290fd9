/** The times of an edit: it begins at a level of noise and ends at the data. */
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';

export interface EditTimes {
  /** Steps of the whole way from noise to data; an edit takes those that lie within its strength, at least one. */
  readonly steps: number;
  /** Shift of the time grid, 1 for none: above 1, more steps are near the noise. */
  readonly shift: number;
  /** The share of noise at the beginning, above 0 and at most 1, where nothing is left of the picture. */
  readonly strength: number;
}

/** Times rising from `1 - strength` to exactly 1; steps are even before the shift. */
export function editTimes({ steps, shift, strength }: EditTimes): number[] {
  const begin = shifted(1 - strength, 1 / shift);
  const taken = Math.max(1, Math.round(steps * (1 - begin)));
  return Array.from({ length: taken + 1 }, (_, i) =>
    i === taken ? 1 : shifted(begin + ((1 - begin) * i) / taken, shift),
  );
}

/** The number of the first time from which at most the share `finish` of noise is left; that of the end if it is 0. */
export function finishFrom(times: readonly number[], finish: number): number {
  const most = 1 - times[0];
  if (finish > most + 1e-6)
    throw new WeftError(
      `An edit that begins at a share of noise of ${most.toFixed(2)} cannot finish from ${finish} on.`,
      `Give at most ${most.toFixed(2)}, or begin at more noise; ${counted(times.length - 1, 'step')} are taken.`,
      2,
    );
  // Times are rounded: one that is meant to be 1 - finish counts.
  return times.findIndex((time) => time >= 1 - finish - 1e-6);
}

function shifted(time: number, shift: number): number {
  return time / (time + (1 - time) * shift);
}
