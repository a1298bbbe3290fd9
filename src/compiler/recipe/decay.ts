/** `decay: decay(0.1, except: "*norm*, *.bias")`: a decay of weights that leaves out those with some labels. */
import { nonNegativeRange } from '../bind/number-range';
import type { Call, Expression } from '../syntax/ast';
import { call, writtenArgument } from './choices';
import { labels, number } from './fields';

/** What is written for the group. */
export const decayGroup = call('a decay for some weights only', 'decay', {
  doc: 'Weights whose labels are excepted do not decay.',
  examples: ['decay(0.1, except: "*norm*, *.bias")'],
  parameters: {
    decay: number('decoupled weight decay of the others', nonNegativeRange),
    except: labels('labels whose weights do not decay; `*` for any part'),
  },
});

export interface SplitDecay {
  /** The optimiser's call with a number in place of the group, as if all weights were to decay. */
  readonly call: Expression;
  /** The group; null if the call has none. */
  readonly group: Call | null;
}

const split = new WeakMap<Expression, SplitDecay>();

/** Takes the group out of an optimiser's call; it must be named `decay`. The same call gives the same result. */
export function splitDecay(written: Expression): SplitDecay {
  const known = split.get(written);
  if (known) return known;
  const found = withoutGroup(written);
  split.set(written, found);
  return found;
}

function withoutGroup(written: Expression): SplitDecay {
  const whole: SplitDecay = { call: written, group: null };
  if (written.kind !== 'call') return whole;
  const at = written.args.findIndex((a) => a.name?.name === 'decay');
  const group = written.args[at]?.value;
  if (group?.kind !== 'call' || group.callee.kind !== 'name' || group.callee.name !== 'decay') return whole;
  const value = writtenArgument(decayGroup, group, 'decay');
  // Without a number the group is reported where it is read.
  if (!value) return { call: { ...written, args: written.args.toSpliced(at, 1) }, group };
  return { call: { ...written, args: written.args.with(at, { ...written.args[at], value }) }, group };
}
