/** The parts of a training run that `weft export --run` uses: its own copy of the spec, its settings, its newest weights. */
// Tested by test/cli/run.test.ts.
import { join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { modelOfRun, settingsOfRun } from '../train/plan';
import { shippedFolder } from '../train/kept-spec';
import { recipeFacts, type DataFacts } from '../run/data-notes';
import { readRunRecord } from '../train/find-record';
import { readingOf, runPaths } from '../train/run-folder';
import type { Overrides } from './options';
import { newestWeights } from './sample-images';
import { tellWarning } from './tell-warning';

export interface ExportedRun {
  readonly file: string;
  readonly name: string;
  /** Folder of the shipped specs that the run began with. */
  readonly shipped: string;
  readonly set: Overrides;
  readonly weights: string;
  /** Facts about the data it was trained on. */
  readonly facts: DataFacts;
}

/** Weights of an unfinished run are written into the folder `scratch`. */
export async function exportedRun(
  folder: string,
  { set = {}, which }: { readonly set?: Overrides; readonly which?: string },
  scratch: string,
): Promise<ExportedRun> {
  const record = await readRunRecord(folder, tellWarning);
  // The export itself checks the settings of sections.
  const { model } = settingsOfRun(folder, record, set, { reason: '', sections: ['train', 'sample', 'export'] });
  const run = { folder, record, model: modelOfRun(folder, record, model) };
  const weights = await newestWeights(run, which, scratch);
  const { spec } = record;
  if (!spec || spec.case !== undefined) {
    throw new WeftError(
      `The run in ${folder} trains a case of a study, whose model has no name of its own in the spec.`,
      'Name the model: weft export FILE#Model --weights FILE.',
    );
  }
  const home = runPaths(folder).spec;
  const shipped = join(home, shippedFolder);
  const facts = { ...recipeFacts(record.recipe), classes: record.classes, text: readingOf(record) };
  return { file: join(home, spec.file), name: spec.model, shipped, set: { ...spec.set, ...set }, weights, facts };
}
