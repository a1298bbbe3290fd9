/** Facts about training data that files record: names of classes, how texts became features, how latents were scaled, how conditions were made. */
import * as z from 'zod';
import { givenExpression } from '../compiler/lower/givens/parse';
import { encoders } from '../compiler/recipe/encoders';
import { namesOf } from '../compiler/recipe/fields';
import type { DataSource, TrainRecipe } from '../compiler/recipe/index';
import type { Reading } from '../text/encoder';
import { parseNote } from '../data/safetensors/note';

export interface DataFacts {
  /** By label; absent if they are not known. */
  readonly classes?: readonly string[];
  readonly text?: Reading;
  readonly latents?: Pick<Extract<DataSource, { kind: 'latents' }>, 'scale' | 'shift'>;
  readonly given?: TrainRecipe['given'];
}

type Metadata = { readonly [key: string]: string };

/** The facts that a recipe gives. */
export function recipeFacts({ text, data, given }: Pick<TrainRecipe, 'text' | 'data' | 'given'>): DataFacts {
  return {
    ...(text && { text }),
    ...(data.kind === 'latents' && { latents: { scale: data.scale, shift: data.shift } }),
    ...(given && { given }),
  };
}

/** Entries for a file's metadata; lists and tables as JSON. */
export function dataNotes({ classes = [], text, latents, given }: DataFacts): Metadata {
  return {
    ...(classes.length > 0 && { classes: JSON.stringify(classes) }),
    ...(text && {
      text_encoder: text.encoder,
      text_prefix: text.prefix,
      text_length: String(text.length),
      text_scale: String(text.scale ?? 1),
      ...(text.words && encoders[text.encoder].gives === 'numbers' && { text_words: JSON.stringify(text.words) }),
    }),
    ...(latents && { latent_scale: String(latents.scale), latent_shift: String(latents.shift) }),
    ...(given && { given: JSON.stringify(given) }),
  };
}

const list = z.array(z.string());
const table = z.record(z.string(), z.string());
const length = z.coerce.number().int().min(1);
const positive = z.coerce.number().positive();
const shift = z.coerce.number();
const encoder = z.enum(namesOf(encoders));

/** The facts in a file's metadata. Any program may have written the file, so entries that cannot be read are left out. */
export function readDataNotes(metadata: Metadata): DataFacts {
  const classes = read(list, json(metadata.classes));
  const text = textIn(metadata);
  const [scale, moved] = [read(positive, metadata.latent_scale), read(shift, metadata.latent_shift)];
  const given = read(table, json(metadata.given));
  return {
    ...(classes && { classes }),
    ...(text && { text }),
    ...(scale !== undefined && moved !== undefined && { latents: { scale, shift: moved } }),
    ...(given && { given }),
  };
}

/** The schemas of single entries. */
const entries: { readonly [name: string]: (text: string) => boolean } = {
  classes: (text) => read(list, json(text)) !== undefined,
  given: (text) => read(table, json(text)) !== undefined,
  text_words: (text) => read(list, json(text)) !== undefined,
  text_encoder: (text) => read(encoder, text) !== undefined,
  text_length: (text) => read(length, text) !== undefined,
  text_scale: (text) => read(positive, text) !== undefined,
  latent_scale: (text) => read(positive, text) !== undefined,
  latent_shift: (text) => read(shift, text) !== undefined,
};

/** The entries of a file that Weft wrote which cannot be read: they were changed, or are damaged. */
export function unreadNotes(metadata: Metadata): string[] {
  if (metadata.weft === undefined) return [];
  return Object.keys(entries).filter((name) => metadata[name] !== undefined && !entries[name](metadata[name]));
}

function textIn(metadata: Metadata): Reading | undefined {
  const [name, tokens] = [read(encoder, metadata.text_encoder), read(length, metadata.text_length)];
  if (name === undefined || tokens === undefined) return undefined;
  const words = read(list, json(metadata.text_words));
  const scale = read(positive, metadata.text_scale) ?? 1;
  return {
    encoder: name,
    prefix: metadata.text_prefix ?? '',
    length: tokens,
    ...(scale !== 1 && { scale }),
    ...(words && { words }),
  };
}

/** What weights were trained with, and for the rest what the spec says. `tell` is told what the two say differently. */
export function factsOfWeights(
  path: string,
  { written, kept }: { readonly written: DataFacts; readonly kept: DataFacts },
  tell: (note: string) => void,
): DataFacts {
  const [now, before] = [written, kept].map(comparable);
  for (const [name, value] of Object.entries(before))
    if (Object.hasOwn(now, name) && now[name] !== value)
      tell(`${path} was trained with ${name} = ${value}, which is used; the spec says ${now[name]}`);
  // The files of an encoder are wherever the spec says.
  const files = written.text?.encoder === kept.text?.encoder ? written.text?.weights : undefined;
  const text = kept.text && { ...kept.text, ...(files !== undefined && { weights: files }) };
  return { ...written, ...kept, ...(text && { text }) };
}

/** Settings as a spec has them. */
function comparable({ text, given = {} }: DataFacts): Metadata {
  const { text_words: _words, ...ofText } = dataNotes({ text });
  const made = Object.entries(given).map(([name, value]) => [`given ${name}`, givenExpression(value)]);
  return { ...ofText, ...Object.fromEntries(made) };
}

function read<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  const found = value === undefined ? undefined : schema.safeParse(value);
  return found?.success ? found.data : undefined;
}

function json(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : parseNote(text);
  } catch {
    return undefined;
  }
}
