/** Draws a picture for each caption of data that says what its pictures show, so that they can be checked (`weft score`). */
// Tested by test/cli/score.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { isDeclaredGuidance, methodText } from '../compiler/recipe/sample';
import { stackedRows, typedData } from '../backends/host';
import type { HostTensor, HostTensors } from '../backends/session';
import { noisyImageOf } from '../compiler/lower/conventions';
import type { ModelGraph } from '../compiler/lower/model';
import type { DataSource, SampleSettings } from '../compiler/recipe/index';
import { readImages } from '../data/batches';
import { openImageSet, type ImageSize } from '../data/image-set';
import { imageGrid } from '../data/png';
import { loadWeights } from '../run/load-weights';
import { checkDrawn } from '../sample/check-drawn';
import { drawImages } from '../sample/draw';
import type { Reading } from '../text/encoder';
import { encodePrompts } from '../text/prompts';
import { madeConditions, unsampled, type MadeOf } from '../train/made-conditions';
import type { RunRecord } from '../train/run-folder';
import { chosenSampling } from './options';
import { laterProgress } from './progress';
import { ofSubject, subjectOfRun } from './sample-images';
import type { ScoreCommandOptions } from './score';

/** A run whose captions say what is to be seen. */
export interface CaptionedRun {
  readonly record: RunRecord;
  readonly reading: Reading;
  /** A folder for files that are needed while it is scored. */
  readonly scratch: string;
  readonly options: ScoreCommandOptions;
}

/** What is asked for, and data with pictures that show it. */
export interface Asked<Said> {
  /** The kind of pictures: `held-out captions`. */
  readonly of: string;
  readonly said: readonly Said[];
  readonly source: DataSource;
}

/** Pictures of one kind: bytes [said.length, height, width, 3]. */
export interface Part<Said> {
  readonly of: string;
  readonly said: readonly Said[];
  readonly pixels: Uint8Array;
}

interface Drawn<Said> {
  readonly parts: readonly Part<Said>[];
  readonly size: ImageSize;
  /** How they were drawn, for programs and for people. */
  readonly facts: Pick<SampleSettings, 'solver' | 'steps' | 'guidance'> & {
    readonly run: string;
    readonly weights?: string;
    readonly seed: number;
  };
  readonly how: string;
}

export async function drawCaptions<Said extends { readonly caption: string }>(
  { record, reading, scratch, options }: CaptionedRun,
  groups: readonly Asked<Said>[],
): Promise<Drawn<Said>> {
  const { run, seed, batch, backend, threads } = options;
  const subject = await subjectOfRun(run, options, scratch);
  const { model, weights, settings: usual } = subject;
  const settings = chosenSampling(usual, options);
  const { given } = record.recipe;
  const captions = groups.flatMap(({ said }) => said.map(({ caption }) => caption));
  const progress = laterProgress('sampling');
  const drawn = await drawImages(model, {
    settings,
    weights: await loadWeights(weights, model, ofSubject(subject, options)),
    labels: null,
    count: captions.length,
    seed,
    text: await encodePrompts(model, reading, { prompts: captions }),
    given: await conditionsOf(model, groups, { given, sampled: settings.given, seed, backend, threads }),
    batch,
    backend,
    threads,
    onProgress: progress.update,
  });
  await progress.stop();
  checkDrawn(drawn);
  const { solver, steps, guidance } = settings;
  const guided = guidance ? `, guidance ${isDeclaredGuidance(guidance) ? methodText(guidance) : guidance.scale}` : '';
  return {
    parts: divided(groups, drawn),
    size: { height: drawn.shape[2], width: drawn.shape[3] },
    facts: { run, weights, seed, solver, steps, guidance },
    how: `seed ${seed}, ${methodText(solver)}, ${counted(steps, 'step')}${guided}`,
  };
}

/** Conditions made by the recipe from pictures that show the captions, except those that the sample section gives. */
async function conditionsOf(
  model: ModelGraph,
  groups: readonly { readonly source: DataSource }[],
  how: Omit<MadeOf, 'batch'>,
): Promise<HostTensors> {
  const image = noisyImageOf(model);
  if (!image || unsampled(model, how.sampled).length === 0) return {};
  const parts: HostTensor[] = [];
  for (const { source } of groups) {
    const set = await openImageSet(source, image);
    parts.push(await readImages(set, [...Array(set.count).keys()]).finally(() => set.close()));
  }
  const x0 = stackedRows(parts);
  return madeConditions(model, { x0 }, { ...how, batch: Math.min(64, x0.shape[0]) });
}

/** Divides images [images, 3, height, width] among the groups. */
function divided<Said>(groups: readonly Asked<Said>[], { shape, data }: HostTensor): Part<Said>[] {
  // Images stacked without a gap have the layout [images, height, width, 3].
  const { pixels } = imageGrid({ shape, data: typedData(data, 'f32') }, { columns: 1, gap: 0 });
  const length = pixels.length / shape[0];
  let at = 0;
  return groups.map(({ of, said }) => {
    const from = at;
    at += said.length;
    return { of, said, pixels: pixels.subarray(from * length, at * length) };
  });
}

/** Pictures one after another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
