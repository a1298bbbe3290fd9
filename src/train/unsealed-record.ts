/** What a `run.json` without its seal is: a record of version 0.1.0, one that was changed by hand, or a damaged one. */
import { someOf } from '../compiler/diagnostics/counted';
import { differences } from '../run/differences';
import { decisivePart, type RunRecord } from './run-folder';

/** A whole record that a checkpoint keeps. */
export interface RecordCopy {
  readonly path: string;
  readonly record: RunRecord;
}

export interface Judgement {
  /** What is wrong with it, so that it cannot be used; null if it can. */
  readonly damage: string | null;
  /** What is said where it is used; null for nothing. */
  readonly note: string | null;
}

/** The most differences that a message names, and the letters of each. */
const [mostNamed, longest] = [5, 160];

/** Judges a record that lies at `path`, by the newest copy that has a seal, or by its own fields if there is none. */
export function judgeUnsealed(path: string, record: RunRecord, copy: RecordCopy | null): Judgement {
  return copy ? judgeByCopy(path, record, copy) : judgeAlone(path, record);
}

function judgeByCopy(path: string, record: RunRecord, copy: RecordCopy): Judgement {
  const lost = Object.keys(copy.record).filter((name) => !(name in record));
  if (lost.length > 0) return damaged(`it has no seal and no ${someOf(lost, mostNamed)}`);
  const changed = differences(copy.record, record).map((d) => (d.length > longest ? `${d.slice(0, longest)} …` : d));
  if (changed.length === 0) return { damage: null, note: null };
  const list = someOf(changed, mostNamed, '; ');
  // The digest is made from these two and the model, so with the same digest they are the same.
  const decided = ({ hyperparameters, recipe }: RunRecord): unknown => ({
    hyperparameters,
    recipe: decisivePart(recipe),
  });
  if (record.digest === copy.record.digest && differences(decided(copy.record), decided(record)).length > 0)
    return damaged(
      `it has no seal, and its recipe is not the one its digest was made from (${list}). ` +
        'Settings are changed with --set NAME=VALUE, not in this file',
    );
  return {
    damage: null,
    note: `${path} has no seal: it was changed by hand, or is damaged. It is used as it is (${list}); to undo this, copy ${copy.path} over it.`,
  };
}

function judgeAlone(path: string, record: RunRecord): Judgement {
  const isLater = record.conventions !== undefined || record.data !== undefined || record.spec?.sums !== undefined;
  if (!isLater)
    return {
      damage: null,
      note: `${path} was written by version 0.1.0, without a seal: if something in it is damaged, that is not noticed.`,
    };
  if (!record.conventions) return damaged('it has no seal and no conventions, which say what the weights predict');
  return {
    damage: null,
    note:
      `${path} has no seal: it was changed by hand, or is damaged. No checkpoint has a copy to compare it with, so it is used as it is; ` +
      'if you did not change it, bring it back from a copy.',
  };
}

function damaged(damage: string): Judgement {
  return { damage, note: null };
}
