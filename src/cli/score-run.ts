/** `weft score`: scores a run by captions if these say what is to be seen, otherwise by the distance from the training pictures. */
// Tested by test/cli/score.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { withTemporaryFolder } from '../files/atomic';
import { readRunRecord } from '../train/find-record';
import { readingOf } from '../train/run-folder';
import type { ScoreCommandOptions } from './score';
import { scoreCompositions } from './score-compositions';
import { scorePictures } from './score-pictures';
import { scoreScenesOfRun } from './score-scenes';
import { tellWarning } from './tell-warning';

export async function scoreRun(options: ScoreCommandOptions): Promise<void> {
  return withTemporaryFolder((scratch) => scoreWith(options, scratch));
}

async function scoreWith(options: ScoreCommandOptions, scratch: string): Promise<void> {
  const record = await readRunRecord(options.run, tellWarning);
  const reading = readingOf(record);
  if (!reading) return scorePictures(options, record, scratch);
  if (options.size !== undefined)
    throw new WeftError('--size is for runs without captions.', 'Leave it out: pictures are looked at as they are.', 2);
  const { data } = record.recipe;
  const run = { record, reading, scratch, options };
  if (data.kind === 'scenes') return scoreScenesOfRun(run, data);
  if (data.kind === 'compositions') return scoreCompositions(run, data);
  throw new WeftError(
    `The run in ${options.run} was not trained on captioned scenes, so what it draws cannot be checked.`,
    `weft evaluate ${options.run} measures how near it is to the pictures it was trained on. Captions are checked of data = scenes(…), as in specs/examples/scenes.weft, and of compositions(…).`,
  );
}
