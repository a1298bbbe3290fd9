/** `weft inspect` on a file of ablations and sweeps: a table of costs for each. */
import type { Study } from '../compiler/sections/study';
import type { Overrides } from './options';

export interface InspectStudiesOptions {
  readonly set?: Overrides;
  readonly batch?: number;
  /** GiB of the device that is to train. */
  readonly memory?: number;
  readonly json?: boolean;
}

/** GiB of the accelerators such models are trained on. */
export const usualMemory = 80;

export async function inspectStudies(studies: readonly Study[], options: InspectStudiesOptions): Promise<void> {
  const [{ studyReport }, { renderStudy }] = await Promise.all([
    import('../compiler/report/study'),
    import('../compiler/report/render-study'),
  ]);
  const { set, batch = 1, memory = usualMemory } = options;
  const settings = { set, batch, budget: memory * 2 ** 30 };
  if (options.json) {
    console.log(
      JSON.stringify(
        studies.map((s) => studyReport(s, settings)),
        null,
        2,
      ),
    );
    return;
  }
  for (const study of studies) console.log(`${renderStudy(studyReport(study, settings))}\n`);
  console.log(
    `GFLOPs of one image. Memory of a training step: batch ${batch}, f32, AdamW and averaged weights, compiled by XLA; recomputed: with recompute = blocks, where ${memory} GiB do not do without.`,
  );
}
