/** The conventions that files record for their model, compared with the model that they are used with. */
import * as z from 'zod';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import {
  asBefore,
  describeConventions,
  paths,
  predictions,
  recordedConventions,
  sameConventions,
  type RecordedConventions,
} from '../compiler/lower/conventions';
import { trainedBy } from '../compiler/lower/left-out';
import { printable } from '../compiler/diagnostics/printable';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { parseNote } from '../data/safetensors/note';

/** The key in the metadata of safetensors and ONNX files; the value is JSON. */
const conventionsKey = 'conventions';

export const conventionsSchema: z.ZodType<RecordedConventions> = z.looseObject({
  prediction: z.enum(predictions).nullable(),
  time: z.looseObject({ noise: z.number(), data: z.number() }),
  path: z.enum(paths),
  rates: z.string().optional(),
  leftOut: z.array(z.string()).optional(),
});

type Metadata = { readonly [key: string]: string };

/** The metadata entry with a model's conventions. */
export function conventionsEntry(model: ModelGraph): Metadata {
  return { [conventionsKey]: JSON.stringify(recordedConventions(model)) };
}

/** The model of a run with its recorded conventions; if there are none, with those of version 0.1.0. */
export function asRecorded(
  model: ModelGraph,
  { conventions, recipe }: { readonly conventions?: RecordedConventions; readonly recipe: TrainRecipe },
  where: string,
): ModelGraph {
  const trained = trainedBy(model, [recipe]);
  if (!conventions) return asBefore(trained, recipe.objective.predict);
  const difference = differing(model, conventions, where);
  if (difference) throw difference;
  requireInputs(model, conventions.leftOut, where);
  return trained;
}

/** Refuses a file whose metadata contradict the model; files of other programs have no such metadata. */
export function checkRecorded(model: ModelGraph, path: string, metadata: Metadata): void {
  const contradiction = contradictionIn(model, path, metadata);
  if (contradiction) throw contradiction;
  requireInputs(model, recordedLeftOut(path, metadata), path);
}

/** How a file's metadata contradict what the model predicts and how its time runs; null if they do not. */
export function contradictionIn(model: ModelGraph, path: string, metadata: Metadata): WeftError | null {
  const text = metadata[conventionsKey];
  if (text !== undefined) return differing(model, readConventions(path, text), path);
  // Version 0.1.0 recorded the recipe, but no conventions.
  if (metadata.weft === undefined || metadata.recipe === undefined) return null;
  const before = asBefore(model);
  if (sameConventions(recordedConventions(before), recordedConventions(model))) return null;
  const { time, prediction } = before.conventions;
  return new WeftError(
    `${path} was trained by Weft 0.1.0, which took ${model.name} to predict ${describeConventions(recordedConventions(before))}; ` +
      `this spec has ${describeConventions(recordedConventions(model))}.`,
    `State in the spec what it was trained as: \`input time: time(noise: ${time.noise}, data: ${time.data})\` and an output called \`${prediction}\`; ` +
      'or sample from the run itself with --run.',
  );
}

/** The inputs that training dropped, as a file records them; undefined if it records none. */
export function recordedLeftOut(path: string, metadata: Metadata): RecordedConventions['leftOut'] {
  const text = metadata[conventionsKey];
  return text === undefined ? undefined : readConventions(path, text).leftOut;
}

function readConventions(path: string, text: string): RecordedConventions {
  const read = z
    .string()
    .transform((json, ctx): unknown => {
      try {
        return parseNote(json);
      } catch {
        ctx.addIssue({ code: 'custom', message: 'no JSON' });
        return z.NEVER;
      }
    })
    .pipe(conventionsSchema)
    .safeParse(text);
  if (read.success) return read.data;
  throw new WeftError(
    `What ${path} says of its model's conventions cannot be read: ${printable(text.slice(0, 200))}`,
    'Export or train it again, or take the entry out of its metadata if you know that they are those of the spec.',
  );
}

function differing(model: ModelGraph, recorded: RecordedConventions, where: string): WeftError | null {
  const own = recordedConventions(model);
  if (sameConventions(recorded, own)) return null;
  return new WeftError(
    `${where} belongs to a model that predicts ${describeConventions(recorded)}; ${model.name} has ${describeConventions(own)}.`,
    'Use the spec it was made with, or state the same in this one: `input time: time(noise: …, data: …)`, and the name of the output or `predicts:`.',
  );
}

/** Refuses a record of inputs that the model does not have: what training left out decides what guidance does. */
function requireInputs({ name, inputs }: ModelGraph, leftOut: readonly string[] = [], where: string): void {
  const unknown = leftOut.find((input) => inputs.every((i) => i.name !== input));
  if (unknown === undefined) return;
  throw new WeftError(
    `${where} says that training left out the input \`${printable(unknown)}\`, which ${name} does not have: ` +
      `its inputs are ${inputs.map((i) => i.name).join(', ')}.`,
    'Use the spec it was made with. If the file was changed by hand, or is damaged, bring it back from a copy.',
  );
}
