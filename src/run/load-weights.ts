/** Reads a model's weights from a file of any format, and refuses one that does not fit: one policy for names, shapes, types and leftovers. */
import { counted } from '../compiler/diagnostics/counted';
import type { HostTensor, HostTensors, Session } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { kindOf, requireOptions } from '../compiler/diagnostics/require-kind';
import { printable } from '../compiler/diagnostics/printable';
import { staticShape } from '../compiler/ir/dims';
import { withLeftOut } from '../compiler/lower/left-out';
import type { ModelGraph } from '../compiler/lower/model';
import { requireModel } from '../compiler/lower/require-model';
import { checkWeights, type NamedShape } from '../data/check-weights';
import { openWeights, type OpenWeights, type StoredInfo } from '../data/checkpoints/open';
import { applyScales, scalingsOf, spoilingScale, type Scaling } from '../data/checkpoints/scales';
import { leftoversOf, refuseAlike, someNames } from '../data/leftovers';
import type { WeightSource } from '../data/weight-source';
import { isKernelOf, sameButForOnes } from './kernel-order';
import { readLora } from './lora-file';
import { mergedWeight } from './merged-weight';
import { otherArchitecture } from './recorded-architecture';
import { checkRecorded, contradictionIn, recordedLeftOut } from './recorded-conventions';
import { held } from '../compiler/invariant';

export interface LoadOptions {
  /** Which of several sets of weights in a file: `ema`, `raw` or the name of one; averaged weights by default. */
  readonly which?: string;
  /** Called with notes on which weights were chosen and which are not used; on stderr by default. */
  readonly tell?: (note: string) => void;
  /** Whether unused tensors are listed by name, or only counted. */
  readonly unused?: 'count' | 'list';
  /** `tell`: unused tensors that look like parts of the model are only reported, for a network that is cut on purpose. */
  readonly leftovers?: 'refuse' | 'tell';
  /** A file or folder of adapters (LoRA), which are merged into the weights. */
  readonly lora?: string;
}

/** Open weights of one model, each in the model's own shape. */
export interface ModelWeights extends WeightSource {
  /** Inputs that training dropped at random, if the file says so. */
  readonly leftOut?: readonly string[];
  close(): Promise<void>;
}

/** Bytes of weights that are set at a time. */
const partBytes = 512e6;

/** The dropped inputs that files list for the weights read from them. */
const leftOutOf = new WeakMap<HostTensors, readonly string[]>();

/** The model with the training facts from its file of weights; if the file has none, those of the spec. */
export function trainedAs(model: ModelGraph, weights: HostTensors): ModelGraph {
  return withLeftOut(model, leftOutOf.get(weights));
}

/**
 * All weights of the model, by path, as 32-bit floats. A model without weights needs no file. Throws a `WeftError` where the file cannot
 * be read, where one is missing or has another shape, where tensors that no weight takes look like parts of the model, and where the file contradicts what the model says of its time.
 */
export async function loadWeights(
  path: string | undefined,
  model: ModelGraph,
  options: LoadOptions = {},
): Promise<HostTensors> {
  const source = await openWeightsOf(model, path, options);
  try {
    const read: { [name: string]: HostTensor } = {};
    for (const { leaf, shape } of model.weights) {
      read[leaf.name] = { shape: staticShape(shape), dtype: 'f32', data: await source.read(leaf.name) };
    }
    if (source.leftOut) leftOutOf.set(read, source.leftOut);
    return read;
  } finally {
    await source.close();
  }
}

/** Gives a session a model's weights part by part, since a large model may fit into memory once but not twice. */
export async function setWeights(
  session: Session,
  model: ModelGraph,
  path: string,
  options: LoadOptions = {},
): Promise<void> {
  const source = await openWeightsOf(model, path, options);
  try {
    let part: { [name: string]: HostTensor } = {};
    let bytes = 0;
    for (const [i, { leaf, shape }] of model.weights.entries()) {
      const data = await source.read(leaf.name);
      part[leaf.name] = { shape: staticShape(shape), dtype: 'f32', data };
      bytes += data.byteLength;
      if (bytes < partBytes && i + 1 < model.weights.length) continue;
      await session.set(part);
      [part, bytes] = [{}, 0];
    }
  } finally {
    await source.close();
  }
}

/**
 * Opens weights for a model after checking that all exist in readable types and matching shapes, and that no weights of the
 * model are left over; close them after use. Numbers are checked when they are read: one that is not finite is refused by name.
 */
export async function openWeightsOf(
  model: ModelGraph,
  path: string | undefined,
  options: LoadOptions = {},
): Promise<ModelWeights> {
  requireModel(model);
  requireOptions(options);
  if (options.which !== undefined && typeof options.which !== 'string')
    throw new WeftError(`which must be ema, raw or the name of a set, not ${kindOf(options.which)}.`, null, 2);
  if (path === undefined) {
    if (model.weights.length > 0) throw new WeftError('No weights were named.', 'Add --weights FILE.', 2);
    return { names: [], shapeOf: noWeights, read: async (name) => noWeights(name), close: async () => {} };
  }
  const tell = options.tell ?? tellOnce;
  const expected = expectedWeights(model);
  const names = expected.map((w) => w.name);
  const source = await openWeights(path, { which: options.which, names, tell });
  try {
    checkRecorded(model, path, source.metadata);
    const other = otherArchitecture(model, path, source.metadata);
    const stored = new Set(source.names);
    const info = (name: string): StoredInfo | undefined => (stored.has(name) ? source.info(name) : undefined);
    refuseUnread(path, names, info);
    const scalings = scalingsOf(path, names, info);
    const found = source.names.map((name) => ({ name, shape: source.shapeOf(name) }));
    checkWeights(expected, fitted(model, expected, found), { where: `the weights in ${path}`, extra: 'ignore' });
    refuseIntegers(
      path,
      names.filter((name) => !scalings.has(name)),
      info,
      tell,
    );
    const used = [...names, ...[...scalings.values()].map((s) => s.scale)];
    tellLeftovers(path, source, { used, found }, { ...options, tell });
    if (other !== null) tell(other);
    const shapes = new Map(expected.map((w) => [w.name, w.shape]));
    const adapters = options.lora === undefined ? null : await readLora(options.lora, model, tell);
    const merged = async (name: string): Promise<Float32Array> => {
      const data = await readFinite(path, source, name, scalings.get(name));
      const beside = adapters?.get(name);
      return beside ? mergedWeight({ shape: held(shapes, name), data }, beside).data : data;
    };
    return {
      names: source.names,
      leftOut: recordedLeftOut(path, source.metadata),
      shapeOf: (name) => shapes.get(name) ?? source.shapeOf(name),
      read: merged,
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

const told = new Set<string>();

/** Weights may be opened more than once, to export them and to compare them; each note on them is printed once. */
export function tellOnce(note: string): void {
  if (!told.has(note)) console.error(`note: ${note}`);
  told.add(note);
}

/** The tensors of a file that fit a model which is to be trained from it. */
export interface FittingWeights extends ModelWeights {
  /** Names of the model's weights that the file has. */
  readonly taken: readonly string[];
  /** The model's other weights, each with the reason. */
  readonly anew: readonly (NamedShape & { readonly why: string })[];
  /** Other tensors of the file, without those that are not weights. */
  readonly unused: readonly NamedShape[];
  /** The metadata of the file. */
  readonly metadata: { readonly [key: string]: string };
}

/** Opens those weights of a file whose names and shapes are a model's; close them after use. Throws if none fits. */
export async function openFitting(
  model: ModelGraph,
  path: string,
  tell: (note: string) => void,
): Promise<FittingWeights> {
  const expected = expectedWeights(model);
  const source = await openWeights(path, { names: expected.map((w) => w.name), tell });
  try {
    const stored = new Set(source.names);
    const info = (name: string): StoredInfo | undefined => (stored.has(name) ? source.info(name) : undefined);
    const found = source.names.map((name) => ({ name, shape: source.shapeOf(name) }));
    const shapes = new Map(fitted(model, expected, found).map((t) => [t.name, t.shape.join()]));
    const misfit = ({ name, shape }: NamedShape): string | null => {
      const stored = info(name);
      if (!stored) return 'it is not in the file';
      if (stored.unread) return `in the file it is ${printable(stored.unread)}`;
      return shapes.get(name) === shape.join() ? null : `the file has [${stored.shape.join(', ')}]`;
    };
    const anew = expected.flatMap((w) => {
      const why = misfit(w);
      return why === null ? [] : [{ ...w, why }];
    });
    const left = new Set(anew.map((w) => w.name));
    const taken = expected.map((w) => w.name).filter((name) => !left.has(name));
    if (taken.length === 0) checkWeights(expected, found, { where: `the weights in ${path}`, extra: 'ignore' });
    const scalings = scalingsOf(path, taken, info);
    refuseIntegers(
      path,
      taken.filter((name) => !scalings.has(name)),
      info,
      tell,
    );
    if (source.note) tell(source.note);
    const other = otherArchitecture(model, path, source.metadata);
    if (other !== null) tell(other);
    const contradiction = contradictionIn(model, path, source.metadata);
    if (contradiction) tell(`warning: ${contradiction.message} Training has to unlearn that first.`);
    const scales = [...scalings.values()].map((s) => s.scale);
    const { alike, foreign } = leftoversOf([...expected.map((w) => w.name), ...scales], found);
    const wanted = new Map(expected.map((w) => [w.name, w.shape]));
    return {
      names: taken,
      taken,
      anew,
      unused: [...alike, ...foreign],
      metadata: source.metadata,
      shapeOf: (name) => held(wanted, name),
      read: (name) => readFinite(path, source, name, scalings.get(name)),
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Names and shapes of a model's weights. */
export function expectedWeights(model: ModelGraph): NamedShape[] {
  requireModel(model);
  return model.weights.map((w) => ({ name: w.leaf.name, shape: staticShape(w.shape) }));
}

function noWeights(name: string): never {
  throw new Error(`a model without weights was asked for ${name}`);
}

/** Refuses a wanted tensor whose numbers cannot be read. Its shape may not be known, so this comes before shapes are compared. */
function refuseUnread(path: string, names: readonly string[], info: (name: string) => StoredInfo | undefined): void {
  for (const name of names) {
    const unread = info(name)?.unread;
    if (!unread) continue;
    throw new WeftError(
      `The weight "${printable(name)}" of ${path} is ${printable(unread)}, which Weft does not read.`,
      'Save it as a dense tensor of F32, F16 or BF16, with the tool that made the file.',
    );
  }
}

/** The tensors in the model's shapes, if theirs have the same numbers in the same order. */
function fitted(model: ModelGraph, expected: readonly NamedShape[], found: readonly NamedShape[]): NamedShape[] {
  const want = new Map(expected.map((w, i) => [w.name, { shape: w.shape, weight: model.weights[i] }]));
  return found.map((tensor) => {
    const wanted = want.get(tensor.name);
    if (!wanted || wanted.shape.join() === tensor.shape.join()) return tensor;
    const fits = sameButForOnes(wanted.shape, tensor.shape) || isKernelOf(model, wanted.weight, tensor.shape);
    return fits ? { name: tensor.name, shape: wanted.shape } : tensor;
  });
}

/** Bytes without a scale are quantised weights whose scale is lost; wider whole numbers and eight-bit floats are only reported. */
function refuseIntegers(
  path: string,
  names: readonly string[],
  info: (name: string) => StoredInfo | undefined,
  tell: (note: string) => void,
): void {
  const types = new Map<string, string[]>();
  for (const name of names) {
    const dtype = info(name)!.dtype;
    if (!/^[IU](8|16|32|64)$|^BOOL$|^F8/.test(dtype)) continue;
    const like = types.get(dtype);
    if (like) like.push(name);
    else types.set(dtype, [name]);
  }
  for (const [dtype, [first, ...more]] of types) {
    const others = more.length > 0 ? ` and ${more.length} more` : '';
    if (dtype === 'I8' || dtype === 'U8') {
      throw new WeftError(
        `The weight "${printable(first)}"${others} of ${path} is stored as ${dtype}, without a scale that says what the whole numbers stand for.`,
        'Weights in one byte are quantised; save them as F32, F16 or BF16 with the tool that made the file.',
      );
    }
    tell(
      `${path}: the weight "${printable(first)}"${others} ${more.length > 0 ? 'are' : 'is'} stored as ${dtype}, without scales; its numbers are not scaled`,
    );
  }
}

function tellLeftovers(
  path: string,
  { note, placeholders }: OpenWeights,
  { used, found }: { readonly used: readonly string[]; readonly found: readonly NamedShape[] },
  { tell, unused = 'count', leftovers = 'refuse' }: LoadOptions & { readonly tell: (note: string) => void },
): void {
  const left = leftoversOf(used, found);
  if (leftovers === 'refuse') refuseAlike(path, used, left);
  if (note) tell(note);
  const foreign = leftovers === 'refuse' ? left.foreign : left.alike;
  if (foreign.length > 0)
    tell(`${path} has ${counted(foreign.length, 'tensor')} that the model has no part for: ${someNames(foreign)}`);
  const rest = [
    left.safe.length > 0 && counted(left.safe.length, 'tensor that is no weight', 'tensors that are no weights'),
    placeholders.length > 0 && counted(placeholders.length, 'kind of Python value', 'kinds of Python values'),
  ].filter(Boolean);
  if (rest.length > 0 && unused === 'count' && leftovers === 'refuse')
    tell(`${path}: not used: ${rest.join(', ')} (--list-unused names them)`);
  if (unused === 'count') return;
  for (const { name, shape } of [...left.safe, ...left.foreign, ...left.alike])
    tell(`not used: ${printable(name)} [${shape.join(', ')}]`);
  for (const name of placeholders) tell(`not used: the Python value ${printable(name)}`);
}

/** The numbers of a quantised weight; refused if a scale makes them useless. */
async function scaled(
  path: string,
  source: OpenWeights,
  { name, stored, scaling }: { readonly name: string; readonly stored: Float32Array; readonly scaling: Scaling },
): Promise<Float32Array> {
  const scales = await source.read(scaling.scale);
  const shape = source.shapeOf(name);
  const at = spoilingScale(stored, shape, scales, scaling);
  if (at < 0) return applyScales(stored, shape, scales, scaling);
  throw new WeftError(
    `The scale "${printable(scaling.scale)}" of the weight "${printable(name)}" of ${path} is ${scales[at]} at number ${at + 1} of ${scales.length}, which makes nothing of the weight.`,
    'The tool that quantised it went wrong, or the file is damaged: quantise it again, or take the weights as they were before.',
  );
}

/** A weight in the model's form; NaN and infinity would spoil everything computed from it. */
async function readFinite(
  path: string,
  source: OpenWeights,
  name: string,
  scaling: Scaling | undefined,
): Promise<Float32Array> {
  const stored = await source.read(name);
  const data = scaling ? await scaled(path, source, { name, stored, scaling }) : stored;
  const at = data.findIndex((x) => !Number.isFinite(x));
  if (at < 0) return data;
  throw new WeftError(
    `The weight "${printable(name)}" of ${path} is not finite: number ${at + 1} of ${data.length} is ${data[at]}.`,
    'All that is computed from it would be NaN. The training that made it diverged, or the file is damaged: take an earlier checkpoint.',
  );
}
