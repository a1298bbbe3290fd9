/** Draws scenes for captions, checks them, and prints the share for which each claim holds (`weft score`). */
// Tested by test/cli/score.test.ts.
import type { DataSource } from '../compiler/recipe/index';
import { aligned } from '../compiler/report/render';
import type { ImageSize } from '../data/image-set';
import { claims, scenesOf, scoreScenes, type SceneScore } from '../data/scene-score';
import { renderScene, type Scene } from '../data/sources/scenes';
import { drawCaptions, joined, type Asked, type CaptionedRun, type Part } from './draw-captions';
import { percent } from './percent';
import type { ScoreCommandOptions } from './score';

/** Number of captions of each kind. */
const usualCount = 192;

/** A line of the table. */
interface Row extends SceneScore {
  /** The kind of images: `held-out captions`. */
  readonly of: string;
  readonly images: number;
}

type ScenesData = Extract<DataSource, { kind: 'scenes' }>;

export async function scoreScenesOfRun(run: CaptionedRun, data: ScenesData): Promise<void> {
  const { by, json } = run.options;
  const groups = scenesToDraw(data, run.options);
  const { parts, size, facts, how } = await drawCaptions(run, groups);
  const rows = [...parts, realPart(groups[0].said, size)]
    .flatMap((part) => (by ? partsBy(part, by) : [part]))
    .map(({ of, said, pixels }): Row => {
      const captions = said.map((scene) => scene.caption);
      return { of, images: said.length, ...scoreScenes(pixels, size, captions) };
    });
  if (json) {
    console.log(JSON.stringify({ ...facts, rows }, null, 2));
    return;
  }
  console.log([...table(rows), '', `Per cent of images with 95 % confidence intervals; ${how}.`].join('\n'));
}

/** Only the split `train` leaves combinations out: a run on another split has seen all of them. */
function scenesToDraw({ split }: ScenesData, { count = usualCount, seed }: ScoreCommandOptions): Asked<Scene>[] {
  const asked = (of: string, shown: typeof split): Asked<Scene> => {
    const scenes = { count, seed, split: shown };
    return { of, said: scenesOf(scenes), source: { kind: 'scenes', ...scenes } };
  };
  const seen = asked('seen captions', split);
  return split === 'train' ? [asked('held-out captions', 'held_out'), seen] : [seen];
}

/** Pictures that were made for the captions; their score shows how reliable the check is. */
function realPart(said: readonly Scene[], size: ImageSize): Part<Scene> {
  return { of: 'real pictures', said, pixels: joined(said.map((scene) => renderScene(scene, size))) };
}

/** A part for each shape, colour, count or position. */
function partsBy({ of, said, pixels }: Part<Scene>, claim: (typeof claims)[number]): Part<Scene>[] {
  const length = pixels.length / said.length;
  return [...new Set(said.map((scene) => scene[claim]))].sort().map((value) => {
    const own = [...said.keys()].filter((i) => said[i][claim] === value);
    const bytes = own.map((i) => pixels.subarray(i * length, (i + 1) * length));
    return { of: `${of}, ${value}`, said: own.map((i) => said[i]), pixels: joined(bytes) };
  });
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
