/** Draws images for captions, checks them, and prints the share for which each claim holds (`weft score`). Runs without captions are scored elsewhere. */
// Tested by test/cli/score.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { isDeclaredGuidance, methodText } from '../compiler/recipe/sample';
import { stackedRows } from '../backends/host';
import type { HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { DataSource } from '../compiler/recipe/index';
import { aligned } from '../compiler/report/render';
import { imageGrid } from '../data/png';
import { readImages } from '../data/batches';
import { openImageSet, type ImageSize } from '../data/image-set';
import { claims, scenesOf, scoreScenes, type SceneScore, type Share } from '../data/scene-score';
import { renderScene, type Scene } from '../data/sources/scenes';
import { withTemporaryFolder } from '../files/atomic';
import { loadWeights } from '../run/load-weights';
import { checkDrawn } from '../sample/check-drawn';
import { drawImages } from '../sample/draw';
import { encodePrompts } from '../text/prompts';
import { madeConditions, unsampled, type MadeOf } from '../train/made-conditions';
import { readRunRecord } from '../train/find-record';
import { readingOf } from '../train/run-folder';
import { chosenSampling } from './options';
import { laterProgress } from './progress';
import { subjectOfRun } from './sample-images';
import type { ScoreCommandOptions } from './score';
import { scorePictures } from './score-pictures';
import { typedData } from '../backends/host';
import { tellWarning } from './tell-warning';

/** Number of captions of each kind. */
const usualCount = 192;

/** A line of the table. */
interface Row extends SceneScore {
  /** The kind of images: `held-out captions`. */
  readonly of: string;
  readonly images: number;
}

/** Scenes of one kind, with an image of each: bytes [scenes.length, height, width, 3]. */
interface Part {
  readonly of: string;
  readonly scenes: readonly Scene[];
  readonly pixels: Uint8Array;
}

/** A part before it is drawn, and data with pictures that show its captions. */
interface Asked extends Omit<Part, 'pixels'> {
  readonly source: DataSource;
}

export async function scoreRun(options: ScoreCommandOptions): Promise<void> {
  return withTemporaryFolder((scratch) => scoreWith(options, scratch));
}

async function scoreWith(options: ScoreCommandOptions, scratch: string): Promise<void> {
  const { run, seed, batch, backend, threads } = options;
  const record = await readRunRecord(run, tellWarning);
  const { data, given } = record.recipe;
  const reading = readingOf(record);
  if (!reading) return scorePictures(options, record, scratch);
  if (options.size !== undefined)
    throw new WeftError('--size is for runs without captions.', 'Leave it out: scenes are looked at as they are.', 2);
  if (data.kind !== 'scenes') {
    throw new WeftError(
      `The run in ${run} was not trained on captioned scenes, so what it draws cannot be checked.`,
      'Train on data = scenes(…), as specs/examples/scenes.weft does.',
    );
  }
  const { model, weights, settings: usual } = await subjectOfRun(run, options, scratch);
  const settings = chosenSampling(usual, options);
  const groups = scenesToDraw(data, options);
  const captions = groups.flatMap(({ scenes }) => scenes.map((scene) => scene.caption));
  const progress = laterProgress('sampling');
  const drawn = await drawImages(model, {
    settings,
    weights: await loadWeights(weights, model),
    labels: null,
    count: captions.length,
    seed,
    text: await encodePrompts(model, reading, { prompts: captions }),
    given: await conditionsOfScenes(model, groups, { given, sampled: settings.given, seed, backend, threads }),
    batch,
    backend,
    threads,
    onProgress: progress.update,
  });
  await progress.stop();
  checkDrawn(drawn);
  const size = { height: drawn.shape[2], width: drawn.shape[3] };
  const parts = [...drawnParts(groups, drawn), realPart(groups[0].scenes, size)];
  const rows = parts
    .flatMap((part) => (options.by ? partsBy(part, options.by) : [part]))
    .map(({ of, scenes, pixels }): Row => {
      const said = scenes.map((scene) => scene.caption);
      return { of, images: scenes.length, ...scoreScenes(pixels, size, said) };
    });
  const { solver, steps, guidance } = settings;
  if (options.json) {
    console.log(JSON.stringify({ run, weights, seed, solver, steps, guidance, rows }, null, 2));
    return;
  }
  const guided = guidance ? `, guidance ${isDeclaredGuidance(guidance) ? methodText(guidance) : guidance.scale}` : '';
  const note = `Per cent of images with 95 % confidence intervals; seed ${seed}, ${methodText(solver)}, ${counted(steps, 'step')}${guided}.`;
  console.log([...table(rows), '', note].join('\n'));
}

/** Conditions made by the recipe from pictures that show the captions, except those that the sample section gives. */
async function conditionsOfScenes(
  model: ModelGraph,
  groups: readonly Asked[],
  how: Omit<MadeOf, 'batch'>,
): Promise<HostTensors> {
  const image = model.inputs.find((i) => i.kind === 'image' && i.name === 'x_t');
  if (image?.kind !== 'image' || unsampled(model, how.sampled).length === 0) return {};
  const parts: HostTensor[] = [];
  for (const { source } of groups) {
    const set = await openImageSet(source, image);
    parts.push(await readImages(set, [...Array(set.count).keys()]).finally(() => set.close()));
  }
  const x0 = stackedRows(parts);
  return madeConditions(model, { x0 }, { ...how, batch: Math.min(64, x0.shape[0]) });
}

/** Only the split `train` leaves combinations out: a run on another split has seen all of them. */
function scenesToDraw(
  { split }: Extract<DataSource, { kind: 'scenes' }>,
  { count = usualCount, seed }: ScoreCommandOptions,
): Asked[] {
  const asked = (of: string, shown: typeof split): Asked => {
    const scenes = { count, seed, split: shown };
    return { of, scenes: scenesOf(scenes), source: { kind: 'scenes', ...scenes } };
  };
  const seen = asked('seen captions', split);
  return split === 'train' ? [asked('held-out captions', 'held_out'), seen] : [seen];
}

/** Divides images [images, 3, height, width] among the groups. */
function drawnParts(groups: readonly Omit<Part, 'pixels'>[], { shape, data }: HostTensor): Part[] {
  // Images stacked without a gap have the layout [images, height, width, 3].
  const { pixels } = imageGrid({ shape, data: typedData(data, 'f32') }, { columns: 1, gap: 0 });
  const length = pixels.length / shape[0];
  let at = 0;
  return groups.map((group) => {
    const from = at;
    at += group.scenes.length;
    return { ...group, pixels: pixels.subarray(from * length, at * length) };
  });
}

/** Pictures that were made for the captions; their score shows how reliable the check is. */
function realPart(scenes: readonly Scene[], size: ImageSize): Part {
  return { of: 'real pictures', scenes, pixels: joined(scenes.map((scene) => renderScene(scene, size))) };
}

/** A part for each shape, colour, count or position. */
function partsBy({ of, scenes, pixels }: Part, claim: (typeof claims)[number]): Part[] {
  const length = pixels.length / scenes.length;
  return [...new Set(scenes.map((scene) => scene[claim]))].sort().map((value) => {
    const own = [...scenes.keys()].filter((i) => scenes[i][claim] === value);
    const bytes = own.map((i) => pixels.subarray(i * length, (i + 1) * length));
    return { of: `${of}, ${value}`, scenes: own.map((i) => scenes[i]), pixels: joined(bytes) };
  });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function table(rows: readonly Row[]): string[] {
  return aligned(
    [
      ['', 'images', ...claims, 'all four'],
      ...rows.map((row) => [
        row.of,
        String(row.images),
        ...[...claims, 'all' as const].map((claim) => percent(row[claim])),
      ]),
    ],
    1,
  );
}

/** `87.5 (82.9–91.0)` */
function percent({ share, low, high }: Share): string {
  const shown = (x: number): string => (100 * x).toFixed(1);
  return `${shown(share)} (${shown(low)}–${shown(high)})`;
}
