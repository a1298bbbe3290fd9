/** Emoji and flags of the installed icon packages as images: class = group, caption = name. */
import { join } from 'node:path';
import * as z from 'zod';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { suggest } from '../../compiler/diagnostics/suggest';
import { emojiStyles, type EmojiStyle } from '../../compiler/recipe/data/emoji';
import { readJson } from '../../files/read-json';
import { fetchPackage } from '../../setup/fetch-package';
import { packageFolder, packageVersion } from '../../setup/paths';
import type { ImageListing, ImageSize, ListedImage } from '../image-set';
import { flagCaption } from './flag-names';
import { renderSvg } from './render';

/** One drawing of a style. */
export interface Icon {
  readonly style: EmojiStyle;
  readonly name: string;
  readonly group: string;
  readonly caption: string;
  readonly body: string;
  /** The coordinates of the drawing: left, top, width, height. */
  readonly box: readonly [number, number, number, number];
}

const iconSchema = z.object({
  body: z.string(),
  hidden: z.boolean().optional(),
  left: z.number().optional(),
  top: z.number().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
});
const packageSchema = z.object({
  icons: z.record(z.string(), iconSchema),
  width: z.number().optional(),
  height: z.number().optional(),
});
const groupsSchema = z.object({ categories: z.record(z.string(), z.array(z.string())) });

/** Drawings of some styles, of all groups or the named ones, on white at the given size. Those called `holdOut` are left out. */
export async function emojiImages(
  styles: readonly EmojiStyle[],
  groups: readonly string[] | null,
  size: ImageSize,
  holdOut: readonly string[] = [],
): Promise<ImageListing> {
  for (const style of styles) await fetchStyle(style);
  const packages = styles.map((style) => `${emojiStyles[style]} ${packageVersion(emojiStyles[style])}`);
  const facts = {
    kind: 'emoji',
    packages,
    groups: groups?.map(groupKey).sort() ?? null,
    ...(holdOut.length > 0 && { holdOut: [...holdOut].sort() }),
  };
  return {
    facts,
    list: async () => {
      const all = (await Promise.all([...new Set(styles)].map(readStyle))).flat();
      const icons = without(inGroups(all, groups), holdOut);
      const classes = [...new Set(icons.map((icon) => icon.group))].sort();
      return { classes, images: icons.map((icon) => listed(icon, classes.indexOf(icon.group), size)) };
    },
  };
}

/** The classes of some styles; null if a style is not installed. Throws if a group or caption belongs to none of them. */
export async function emojiClasses(
  styles: readonly EmojiStyle[],
  groups: readonly string[] | null,
  holdOut: readonly string[] = [],
): Promise<readonly string[] | null> {
  if (styles.some((style) => packageFolder(emojiStyles[style]) === null)) return null;
  const { list } = await emojiImages(styles, groups, { height: 1, width: 1 }, holdOut);
  return (await list()).classes;
}

/** The folder of a style's package. */
function fetchStyle(style: EmojiStyle): Promise<string> {
  return fetchPackage(emojiStyles[style], `The drawings of ${style}`);
}

/** All drawings of a style in the order of the package, without skin tones and withdrawn names. */
export async function readStyle(style: EmojiStyle): Promise<Icon[]> {
  const folder = await fetchStyle(style);
  const set = await readJson(join(folder, 'icons.json'), packageSchema);
  const groupOf = await readGroups(style, folder);
  return Object.entries(set.icons).flatMap(([name, icon]): Icon[] => {
    const group = style === 'flags' ? 'Flags' : groupOf.get(name);
    if (icon.hidden || !group || isSkinTone(name, set.icons)) return [];
    const caption = style === 'flags' ? flagCaption(name) : name.replaceAll('-', ' ');
    const box = [
      icon.left ?? 0,
      icon.top ?? 0,
      icon.width ?? set.width ?? 16,
      icon.height ?? set.height ?? 16,
    ] as const;
    return [{ style, name, group, caption, body: icon.body, box }];
  });
}

/** The drawing as an SVG document of the given size; it is scaled to fit and centred. */
export function iconSvg({ body, box }: Icon, { height, width }: ImageSize): string {
  const namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
  return `<svg ${namespaces} width="${width}" height="${height}" viewBox="${box.join(' ')}">${body}</svg>`;
}

function listed(icon: Icon, label: number, size: ImageSize): ListedImage {
  const name = `${icon.style}/${icon.name}`;
  return { name, label, caption: icon.caption, render: () => renderSvg(iconSvg(icon, size)) };
}

async function readGroups(style: EmojiStyle, folder: string): Promise<Map<string, string>> {
  if (style === 'flags') return new Map();
  const { categories } = await readJson(join(folder, 'metadata.json'), groupsSchema);
  return new Map(
    Object.entries(categories).flatMap(([group, names]) => names.map((name) => [name, groupTitle(group)])),
  );
}

/** The name of a group as most packages write it; one package leaves out the "&". */
function groupTitle(group: string): string {
  return group.replace(/^(Animals|Food|People|Smileys|Travel) (?!&)/, '$1 & ');
}

/** `Food & Drink`, `food-drink` and `food and drink` are one group. */
function groupKey(group: string): string {
  const words = group.toLowerCase().split(/[^a-z]+/);
  return words.filter((word) => word && word !== 'and').join('-');
}

function inGroups(icons: readonly Icon[], groups: readonly string[] | null): readonly Icon[] {
  if (groups === null) return icons;
  const known = new Map(icons.map(({ group }) => [groupKey(group), group]));
  for (const group of groups) {
    if (known.has(groupKey(group))) continue;
    const [near] = suggest(groupKey(group), known.keys());
    throw new WeftError(
      `There is no group "${group}" in these emoji styles.`,
      near ? `Did you mean "${known.get(near)}"?` : `There are: ${[...known.values()].sort().join(', ')}.`,
    );
  }
  const wanted = new Set(groups.map(groupKey));
  return icons.filter(({ group }) => wanted.has(groupKey(group)));
}

function without(icons: readonly Icon[], captions: readonly string[]): readonly Icon[] {
  const known = new Set(icons.map(({ caption }) => caption));
  for (const caption of captions) {
    if (known.has(caption)) continue;
    const near = suggest(caption, known);
    throw new WeftError(
      `None of these emoji is called "${caption}", so it cannot be held out.`,
      near.length > 0 ? `Did you mean ${near.map((name) => `"${name}"`).join(' or ')}?` : 'Captions are small letters.',
    );
  }
  return icons.filter(({ caption }) => !captions.includes(caption));
}

/** Whether the drawing is another drawing of the set in a skin tone; packages name these in several ways. */
function isSkinTone(name: string, icons: z.infer<typeof packageSchema>['icons']): boolean {
  if (name.includes('skin-tone') || /-tone\d/.test(name)) return true;
  const plain = name.replace(/(-(medium-light|medium-dark|light|medium|dark))+$/, '');
  return plain !== name && plain in icons;
}
