/** The work of `weft score`: draws what captions say, checks it, and prints in how many images each claim holds. */
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { DataSource } from '../compiler/lower/recipe';
import { aligned } from '../compiler/report/render';
import { imageGrid } from '../data/png';
import { claims, scenesOf, scoreScenes, type SceneScore, type Share } from '../data/scene-score';
import { renderScene, type Scene } from '../data/sources/scenes';
import { loadWeights } from '../run/load-weights';
import { drawImages } from '../sample/draw';
import { encodePrompts } from '../text/prompts';
import { readRunRecord } from '../train/run-folder';
import { chosenSampling } from './options';
import { laterProgress } from './progress';
import { subjectOfRun } from './sample-images';
import type { ScoreCommandOptions } from './score';

/** A line of the table. */
interface Row extends SceneScore {
  readonly images: string;
}

export async function scoreRun(options: ScoreCommandOptions): Promise<void> {
  const { run, count, seed, batch, backend, threads } = options;
  const { data, text: reading } = (await readRunRecord(run)).recipe;
  if (data.kind !== 'scenes' || !reading) {
    throw new WeftError(
      `The run in ${run} was not trained on captioned scenes, so what it draws cannot be checked.`,
      'Train on data = scenes(…), as specs/examples/scenes.weft does.',
    );
  }
  const { model, weights, settings: usual } = await subjectOfRun(run, options);
  const settings = chosenSampling(usual, options);
  const scenes = scenesToDraw(data, options);
  const captions = scenes.flatMap((part) => part.scenes.map((scene) => scene.caption));
  const progress = laterProgress('sampling');
  const drawn = await drawImages(model, {
    settings,
    weights: await loadWeights(weights, model),
    labels: null,
    count: captions.length,
    seed,
    text: await encodePrompts(model, reading, captions),
    batch,
    backend,
    threads,
    onProgress: progress.update,
  });
  await progress.stop();
  const rows = scoreParts(scenes, drawn);
  const { solver, steps, guidance } = settings;
  if (options.json) {
    console.log(JSON.stringify({ run, weights, seed, count, solver, steps, guidance, rows }, null, 2));
    return;
  }
  const guided = guidance ? `, guidance ${guidance.scale}` : '';
  console.log(
    [
      ...table(rows),
      '',
      `Per cent of ${count} images a row (seed ${seed}, ${solver}, ${steps} steps${guided}), with 95 % confidence intervals.`,
    ].join('\n'),
  );
}

interface Part {
  readonly name: string;
  readonly scenes: readonly Scene[];
}

/** Only `train` leaves combinations out: where a run has seen all, or those held out, there is one part. */
function scenesToDraw({ split }: Extract<DataSource, { kind: 'scenes' }>, options: ScoreCommandOptions): Part[] {
  const { count, seed } = options;
  const seen = { name: 'seen captions', scenes: scenesOf({ count, seed, split }) };
  if (split !== 'train') return [seen];
  return [{ name: 'held-out captions', scenes: scenesOf({ count, seed, split: 'held_out' }) }, seen];
}

/** Scores what was drawn, [images, 3, height, width] part after part, and at last the pictures of the first part itself. */
function scoreParts(parts: readonly Part[], { shape, data }: HostTensor): Row[] {
  const size = { height: shape[2], width: shape[3] };
  // One below the other without a gap, which is [images, height, width, 3].
  const { pixels } = imageGrid({ shape, data: data as Float32Array }, { columns: 1, gap: 0 });
  const length = 3 * size.height * size.width;
  const score = (images: string, bytes: Uint8Array, scenes: readonly Scene[]): Row => {
    const captions = scenes.map((scene) => scene.caption);
    return { images, ...scoreScenes(bytes, size, captions) };
  };
  let at = 0;
  const rows = parts.map(({ name, scenes }) => {
    const from = at;
    at += scenes.length;
    return score(name, pixels.subarray(from * length, at * length), scenes);
  });
  const [{ scenes }] = parts;
  const real = new Uint8Array(scenes.length * length);
  scenes.forEach((scene, i) => real.set(renderScene(scene, size), i * length));
  return [...rows, score(`real pictures`, real, scenes)];
}

function table(rows: readonly Row[]): string[] {
  return aligned(
    [
      ['', ...claims, 'all four'],
      ...rows.map((row) => [row.images, ...[...claims, 'all' as const].map((claim) => percent(row[claim]))]),
    ],
    1,
  );
}

/** `87.5 (82.9–91.0)` */
function percent({ share, low, high }: Share): string {
  const shown = (x: number): string => (100 * x).toFixed(1);
  return `${shown(share)} (${shown(low)}–${shown(high)})`;
}
