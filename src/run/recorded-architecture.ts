/** The architecture that files record for their weights, compared with the model that they are used with. */
import * as z from 'zod';
import type { ModelGraph, StaticValue } from '../compiler/lower/model';
import { printComputation } from '../compiler/ir/print';
import { cacheKey } from '../files/cache';
import { isDeep } from '../files/read-json';
import { version } from '../version';
import { differences } from './differences';
import { parseNote } from '../data/safetensors/note';

type Metadata = { readonly [key: string]: string };

const hyperparametersSchema: z.ZodType<{ readonly [name: string]: StaticValue }> = z.record(
  z.string(),
  z.custom<StaticValue>((value) => value !== undefined),
);

/** The metadata entry with a model's hyper-parameters, as JSON. */
export function hyperparametersEntry({ hyperparameters }: Pick<ModelGraph, 'hyperparameters'>): Metadata {
  return { hyperparameters: JSON.stringify(hyperparameters) };
}

/** The metadata entries of a file of weights: the hyper-parameters, and a digest of the computation, in case the spec is edited. */
export function architectureEntries(model: ModelGraph): Metadata {
  return { weft: version, ...hyperparametersEntry(model), computes: digestOf(model) };
}

/** How the architecture recorded in a file differs from the model, or that it cannot be read; null if they agree, or if the file records none. */
export function otherArchitecture(model: ModelGraph, path: string, metadata: Metadata): string | null {
  const recorded = readHyperparameters(metadata.hyperparameters);
  // Files of other programs may have anything there.
  if (recorded === null && metadata.weft === undefined) return null;
  if (recorded === null)
    return `what ${path} says of its hyper-parameters cannot be read, so they are not compared: its metadata were changed, or are damaged`;
  const own = Object.entries(model.hyperparameters).filter(([name]) => name in recorded);
  const changed = own.flatMap(([name, value]) => differences(recorded[name], value, name));
  if (changed.length > 0) return `${path} was made with other hyper-parameters: ${changed.join('; ')}`;
  // Another version may do the same computation with other ops, and a model for images of any size has symbols for its sides.
  if (metadata.computes === undefined || metadata.weft !== version || model.openSize) return null;
  if (metadata.computes === digestOf(model)) return null;
  return `${path} was made with another spec: ${model.name} has the same weights, but computes something else from them`;
}

/** Whether two models do the same computation from weights of the same names, also at the inner points that both name. */
export function computeTheSame(a: ModelGraph, b: ModelGraph): boolean {
  const shared = Object.keys(a.taps).filter((name) => Object.hasOwn(b.taps, name));
  const atPoints = ({ taps }: ModelGraph): string => printComputation(shared.map((name) => taps[name]));
  return digestOf(a) === digestOf(b) && atPoints(a) === atPoints(b);
}

function digestOf({ outputs }: ModelGraph): string {
  return cacheKey([Object.keys(outputs), printComputation(Object.values(outputs))]);
}

/** Null for a text that is none. */
function readHyperparameters(text = '{}'): { readonly [name: string]: StaticValue } | null {
  try {
    const read: unknown = parseNote(text);
    return isDeep(read) ? null : (hyperparametersSchema.safeParse(read).data ?? null);
  } catch {
    return null;
  }
}
