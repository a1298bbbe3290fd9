/** Prints the data that a model will see: one topic per line, and a list of the contact sheet. */
// Tested by test/cli/data.test.ts.
import { counted, someOf } from '../compiler/diagnostics/counted';
import { printable } from '../compiler/diagnostics/printable';
import { some } from '../data/folder/notes';
import type { SkippedImage } from '../data/image-set';
import type { ContactSheet, ShownImage } from './shown-batch';
import type { CaptionSummary, DataSummary } from './summarize-data';

/** The most classes and lines of other lists that are printed; JSON output has all of them. */
const mostClasses = 40;
const mostReasons = 10;

type Line = readonly [topic: string, text: string];

/** `sheet` is null for data that are not pictures. */
export function renderDataSummary(summary: DataSummary, sheet: ContactSheet | null): string {
  const { skipped, notes, captions } = summary;
  const lines: Line[] = [
    ['recipe', `${summary.recipe} of ${summary.model}, trained on ${sourceText(summary)}`],
    ['images', `${summary.images}; ${stepsText(summary)}`],
    ...listed('sizes', sizeLines(summary)),
    ...listed('buckets', bucketLines(summary)),
    ['shown', shownText(summary)],
    ...listed('classes', classLines(summary)),
    ...listed('captions', captions ? captionLines(captions, summary.images) : ['not read: the recipe has no `text`']),
    ['left out', dropText(summary)],
    ...listed('given', givenLines(summary)),
    ...listed('skipped', skipped.length > 0 ? reasonLines(skipped) : ['nothing']),
    ...listed('notes', notes),
    ...listed('sheet', sheet ? sheetLines(sheet) : ['none: latents are no pictures']),
  ];
  const width = Math.max(...lines.map(([topic]) => topic.length));
  return lines.map(([topic, text]) => `${topic.padEnd(width)}  ${text}`).join('\n');
}

function bucketLines({ buckets = [] }: DataSummary): string[] {
  const each = buckets.map(({ size, images, batch }) => `${size}: ${counted(images, 'image')}, ${batch} a step`);
  return buckets.length === 0 ? [] : [...each, "below each image is shown at the model's own size"];
}

/** Only the first line begins with the topic. */
function listed(topic: string, texts: readonly string[]): Line[] {
  return texts.map((text, i) => [i === 0 ? topic : '', text]);
}

function sourceText({ source }: DataSummary): string {
  if (!('path' in source)) return source.kind;
  const isFolder = source.kind === 'folder' || source.kind === 'latents';
  return `${isFolder ? 'the folder' : `${source.kind} files:`} ${printable(source.path)}`;
}

function stepsText({ steps, batch, epochs }: DataSummary): string {
  return `${counted(steps, 'step')} of ${batch} show each image ${rounded(epochs)} times on average`;
}

/** `0.4`, `12`: small numbers get one more digit. */
function rounded(x: number): string {
  return x < 10 ? String(Number(x.toPrecision(2))) : String(Math.round(x));
}

function sizeLines({ sizes, shown }: DataSummary): string[] {
  if (!sizes) return [];
  const { smallest, largest, form, images, enlarged, cropped, mostCropped } = sizes;
  const size = ({ height, width }: { readonly height: number; readonly width: number }): string => `${height}x${width}`;
  const percent = Math.round(100 * mostCropped.share);
  return [
    `height x width: ${size(smallest)} (${printable(smallest.name)}) to ${size(largest)} (${printable(largest.name)})`,
    `most common form ${form.ratio} (width to height): ${form.images} of ${images}`,
    ...(enlarged > 0
      ? [`${enlarged} of ${images} ${enlarged === 1 ? 'is' : 'are'} smaller than ${size(shown)} and enlarged`]
      : []),
    ...(cropped > 0
      ? [
          `${cropped} of ${images} ${cropped === 1 ? 'loses' : 'lose'} more than a quarter to cropping, at most ${percent} % (${printable(mostCropped.name)})`,
        ]
      : []),
  ];
}

const fits: { readonly [F in DataSummary['shown']['fit']]: string } = {
  'cropped at the centre': 'turned upright, scaled to cover it, cropped at the centre',
  'drawn at this size': 'drawn at this size',
  'as the files have it': 'as the files have them',
};

function shownText({ shown: { height, width, channels, fit, flip }, source }: DataSummary): string {
  const kind = source.kind === 'latents' ? `${channels} channels` : channels === 1 ? 'grey' : 'colour';
  const scale = source.kind === 'latents' ? `, (latent - ${source.shift}) · ${source.scale}` : ', levels from -1 to 1';
  return `${height}x${width} in ${kind}: ${fits[fit]}${scale}; ${flip ? 'mirrored with probability one half' : 'not mirrored'}`;
}

function classLines(summary: DataSummary): string[] {
  const { classes } = summary;
  const shown = classes.slice(0, mostClasses);
  const wide = Math.max(...shown.map(({ number }) => String(number).length));
  const longest = Math.max(...shown.map(({ name }) => printable(name).length));
  const lines = shown.map(
    ({ number, name, images }) => `${String(number).padStart(wide)}  ${printable(name).padEnd(longest)}  ${images}`,
  );
  const more = classes.length - shown.length;
  return [
    ...(summary.readsClasses ? [] : [`not read by ${summary.model}; those of the data:`]),
    ...lines,
    ...(more > 0 ? [`and ${more} more, all in --json`] : []),
  ];
}

function captionLines({ own, different, examples, encoder, length, tokens }: CaptionSummary, images: number): string[] {
  const quoted = (text: string): string => `"${printable(text)}"`;
  const which = own === 0 ? '' : `; ${different} different, such as ${examples.map(quoted).join(', ')}`;
  return [
    `${own} of ${counted(images, 'image')} ${own === 1 ? 'has' : 'have'} one${which}`,
    tokens
      ? `longest for ${encoder}: ${counted(tokens.longest, 'token')}, ${quoted(tokens.caption)}; ${counted(length, 'token is', 'tokens are')} read, so ${tokens.cut === 0 ? 'none loses its end' : `${tokens.cut} of ${counted(tokens.texts, 'text')} ${tokens.cut === 1 ? 'loses its end' : 'lose their ends'}`}`
      : `tokens are not counted: the files of ${encoder} are fetched when training starts`,
  ];
}

function dropText({ drop }: DataSummary): string {
  const parts = Object.entries(drop).map(([name, p]) => `${name} in ${rounded(100 * p)} % of images`);
  return parts.length > 0 ? `${parts.join(', ')}, at random` : 'nothing: the recipe has no `drop`';
}

function givenLines({ given, paired }: DataSummary): string[] {
  return Object.entries(given).map(([name, written]) => {
    const pair = paired.find(({ input }) => input === name);
    if (!pair) return `${name} = ${printable(written)}`;
    const what = pair.kind === 'masks' ? 'a mask' : 'a picture';
    return `${name}: ${what} of ${printable(pair.path)} for each image, at ${pair.height}x${pair.width}`;
  });
}

function reasonLines(skipped: readonly SkippedImage[]): string[] {
  const names = new Map<string, string[]>();
  for (const { name, why } of skipped) names.set(why, [...(names.get(why) ?? []), name]);
  const lines = [...names].map(([why, of]) => `${some(of)}: ${printable(why)}`);
  return lines.length <= mostReasons
    ? lines
    : [...lines.slice(0, mostReasons), `and ${lines.length - mostReasons} more reasons, all in --json`];
}

function sheetLines({ path, columns, seed, beside, images }: ContactSheet): string[] {
  const with_ = beside.length > 0 ? `, each with ${someOf(beside, beside.length)} beside it` : '';
  return [
    `${path}: the first ${counted(images.length, 'image that is', 'images that are')} trained on with seed ${seed}, ${columns} in a row${with_}`,
    ...images.map(imageText),
  ];
}

/** `2,1  cats/3.png  class cats  "a cat"  mirrored` */
function imageText({ row, column, file, class: of, caption, mirrored, numbers }: ShownImage): string {
  const values = Object.entries(numbers).map(([name, xs]) => `${name} ${xs.map((x) => x.toPrecision(3)).join(' ')}`);
  const parts = [
    `row ${row} column ${column}`,
    ...(file === null ? [] : [printable(file)]),
    `class ${printable(of)}`,
    ...(caption === null ? [] : [`"${printable(caption)}"`]),
    ...values,
    ...(mirrored ? ['mirrored'] : []),
  ];
  return parts.join('  ');
}
