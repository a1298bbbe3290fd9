/** Edits of synthetic scenes in pixels and through the latents of an autoencoder, judged by the exact checker. */
import { parseArgs } from 'node:util';
import { edit } from '../../src/api/edit';
import { rowsOf, stackedRows, typedData } from '../../src/backends/host';
import type { HostTensor } from '../../src/backends/session';
import { percent } from '../../src/cli/percent';
import { subjectOfRun } from '../../src/cli/sample-images';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { isDeclaredGuidance } from '../../src/compiler/recipe/sample';
import { aligned } from '../../src/compiler/report/render';
import { imageGrid, writeImageGrid } from '../../src/data/png';
import { claims } from '../../src/data/scene-score';
import { captionOf } from '../../src/data/scenes/attributes';
import { withTemporaryFolder } from '../../src/files/atomic';
import { loadWeights } from '../../src/run/load-weights';
import { readRunRecord } from '../../src/train/find-record';
import { decode, encode } from './autoencoder';
import { exactEdit, judgeEdits, picturesOf, sceneEdits, unedited, type EditScore, type SceneEdit } from './judge';
import { writeLatents } from './latents';

const size = { height: 24, width: 24 };

/** Prints how edits come out; with `--write-latents` it only makes what the model of latents is trained on. */
export async function benchEditing(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pixels: { type: 'string' },
      autoencoder: { type: 'string' },
      latents: { type: 'string' },
      'write-latents': { type: 'string' },
      count: { type: 'string', default: '256' },
      strength: { type: 'string', default: '0.8' },
      seed: { type: 'string', default: '0' },
      strip: { type: 'string' },
    },
  });
  const { autoencoder, pixels, latents } = values;
  if (autoencoder === undefined)
    throw new WeftError(
      'The run of the autoencoder is missing.',
      'Write --autoencoder RUN, with --pixels RUN and --latents RUN for edits by models of pixels and of its latents, or --write-latents FOLDER.',
      2,
    );
  await withTemporaryFolder(async (scratch) => {
    const halves = (await subjectOfRun(autoencoder, {}, scratch)).weights!;
    const folder = values['write-latents'];
    if (folder !== undefined) {
      const { mean, deviation } = await writeLatents(autoencoder, halves, folder);
      console.log(`${folder}: latents with mean ${mean.toFixed(3)} and standard deviation ${deviation.toFixed(3)}`);
      return;
    }
    const edits = sceneEdits(Number(values.count), Number(values.seed));
    const how = { strength: Number(values.strength), seed: Number(values.seed), halves, scratch };
    const before = tensorOf(picturesOf(edits, size));
    const rebuilt = await through(halves, before);
    const paths: Path[] = [
      ['encoded and decoded, not edited', unedited(edits), rebuilt],
      ['the exact picture, encoded and decoded', ...(await exactRebuilt(edits, halves))],
    ];
    const shown = [before, rebuilt];
    if (pixels !== undefined) {
      const images = await edited(pixels, before, edits, how);
      const after = await through(halves, images);
      paths.push(['edited in pixels', edits, images], ['that, encoded and decoded', edits, after]);
      shown.push(images, after);
    }
    if (latents !== undefined) {
      const images = await editedThrough(latents, before, edits, how);
      paths.push(['edited in latents', edits, images]);
      shown.push(images);
    }
    console.log(table(paths).join('\n'));
    if (values.strip !== undefined) await writeStrip(values.strip, edits, shown);
  });
}

/** A set of pictures, what they were to show, and what it is called. */
type Path = readonly [name: string, edits: readonly SceneEdit[], images: HostTensor];

interface How {
  readonly strength: number;
  readonly seed: number;
  /** Weights of the autoencoder. */
  readonly halves: string;
  readonly scratch: string;
}

/** Pictures that are exactly what was asked for, through the autoencoder: the most that an edit of latents can reach. */
async function exactRebuilt(edits: readonly SceneEdit[], halves: string): Promise<[SceneEdit[], HostTensor]> {
  const own = edits.filter((one) => exactEdit(one, size) !== null);
  const exact = tensorOf(new Uint8Array(Buffer.concat(own.map((one) => exactEdit(one, size) ?? new Uint8Array()))));
  return [own, await through(halves, exact)];
}

/** What FlowEdit makes of images, with the steps and the guidance of the run's spec. */
async function edited(run: string, images: HostTensor, edits: readonly SceneEdit[], how: How): Promise<HostTensor> {
  const { model, weights, settings, facts } = await subjectOfRun(run, {}, how.scratch);
  const result = await edit(model, {
    weights: await loadWeights(weights, model),
    images,
    from: edits.map(({ from }) => ({ prompt: captionOf(from) })),
    to: edits.map(({ to }) => ({ prompt: captionOf(to) })),
    reading: facts.text,
    settings,
    strength: how.strength,
    seed: how.seed,
  });
  const { steps, guidance } = settings;
  const scale = guidance && !isDeclaredGuidance(guidance) ? `, guidance ${guidance.scale}` : '';
  console.log(`${run}: FlowEdit from a share of noise of ${how.strength}, ${steps} steps${scale}, seed ${how.seed}`);
  return result.images;
}

/** The same in latents, scaled as the run was trained on them. */
async function editedThrough(
  run: string,
  before: HostTensor,
  edits: readonly SceneEdit[],
  how: How,
): Promise<HostTensor> {
  const { halves } = how;
  const { data } = (await readRunRecord(run)).recipe;
  if (data.kind !== 'latents')
    throw new WeftError(`${run} was not trained on latents.`, 'Train it on those that --write-latents makes.', 2);
  const { scale, shift } = data;
  const known = withNumbers(await encode(halves, before), (x) => (x - shift) * scale);
  return decode(
    halves,
    withNumbers(await edited(run, known, edits, how), (x) => x / scale + shift),
  );
}

/** Pictures encoded and decoded. */
async function through(halves: string, images: HostTensor): Promise<HostTensor> {
  return decode(halves, await encode(halves, images));
}

function withNumbers(tensor: HostTensor, change: (x: number) => number): HostTensor {
  return { shape: tensor.shape, dtype: 'f32', data: Float32Array.from(tensor.data, change) };
}

/** Bytes [n, height, width, 3] as [n, 3, height, width] in [-1, 1]. */
function tensorOf(pixels: Uint8Array): HostTensor {
  const plane = size.height * size.width;
  const count = pixels.length / (3 * plane);
  const data = Float32Array.from({ length: pixels.length }, (_, at) => {
    const [image, c, i] = [Math.floor(at / (3 * plane)), Math.floor(at / plane) % 3, at % plane];
    return pixels[(image * plane + i) * 3 + c] / 127.5 - 1;
  });
  return { shape: [count, 3, size.height, size.width], dtype: 'f32', data };
}

function bytesOf({ shape, data }: HostTensor): Uint8Array {
  return imageGrid({ shape, data: typedData(data, 'f32') }, { columns: 1, gap: 0 }).pixels;
}

function table(paths: readonly Path[]): string[] {
  const header = [
    '',
    'edit',
    'pictures',
    'changed',
    'others kept',
    'both',
    'background equal',
    'off there',
    'off at things',
  ];
  const rows = paths.flatMap(([name, edits, images]) => {
    const pixels = bytesOf(images);
    const length = pixels.length / edits.length;
    return claims.flatMap((of) => {
      const own = [...edits.keys()].filter((i) => edits[i].of === of);
      if (own.length === 0) return [];
      const bytes = new Uint8Array(Buffer.concat(own.map((i) => pixels.subarray(i * length, (i + 1) * length))));
      return [
        [
          name,
          of,
          ...cells(
            judgeEdits(
              own.map((i) => edits[i]),
              bytes,
              size,
            ),
          ),
        ],
      ];
    });
  });
  return [
    ...aligned([header, ...rows], 2),
    '',
    'Per cent of pictures with 95 % confidence intervals. The background is what is more than two pixels from all things before and after:',
    'per cent of its numbers that are equal byte for byte, and how far they are off on average, in levels of 0 to 255. Off at things: all other',
    'pixels, from the picture that the edit asks for, where there is one.',
  ];
}

function cells({ edits, changed, kept, both, background, things }: EditScore): string[] {
  return [
    String(edits),
    ...[changed, kept, both].map(percent),
    background ? (100 * background.equal).toFixed(2) : '',
    background ? background.off.toFixed(2) : '',
    things === null ? '' : things.toFixed(2),
  ];
}

/** A row for each way, of the first four edits of each attribute. */
async function writeStrip(path: string, edits: readonly SceneEdit[], ways: readonly HostTensor[]): Promise<void> {
  const shown = claims.flatMap((of) => [...edits.keys()].filter((i) => edits[i].of === of).slice(0, 4));
  const rows = ways.map((images) => rowsOf(images, shown));
  const { shape, data } = stackedRows(rows);
  await writeImageGrid(path, { shape, data: typedData(data, 'f32') }, { columns: shown.length, scale: 3 });
  console.error(path);
}
