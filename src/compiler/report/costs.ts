/** Parameters and floating-point operations (FLOPs) of a model, in total and for each of its top-level modules. */
import type { Bindings } from '../ir/dims';
import { bindProgram } from '../ir/bind';
import { topological, type Value } from '../ir/graph';
import { textOf, type ModelGraph } from '../lower/model';
import { requireModel } from '../lower/require-model';
import { ShapeError } from '../ops/define';
import { flopsOf, sizeIn } from './flops';

/** Costs of one image through the model, by the reference's convention (see `Flops`) and in full. */
export interface Totals {
  /** The number of trained numbers. */
  readonly parameters: number;
  /** flopsLinear + flopsAttention. */
  readonly flops: number;
  /** Of linear layers and convolutions, two for each multiply-add. */
  readonly flopsLinear: number;
  /** 4·n²·c for attention over n tokens of width c. */
  readonly flopsAttention: number;
  /** With everything else: norms, activations, sums. */
  readonly flopsFull: number;
}

/** One top-level module: `patch_blocks.0`, `t_embedder`. What belongs to none is listed under the empty name. */
export interface BlockCosts extends Totals {
  readonly name: string;
  /** The block or word that was called (`DiT`, `linear`). */
  readonly callee: string;
}

export interface Costs extends Totals {
  readonly model: string;
  /** Tokens of the text that were assumed, as the model takes any number; absent where none were. */
  readonly textTokens?: number;
  readonly blocks: readonly BlockCosts[];
}

/** The costs of one image; `bindings` gives numbers to symbols other than `batch`, which for texts are otherwise the longest. */
export function costsOf(model: ModelGraph, bindings: Bindings = {}): Costs {
  requireModel(model);
  const oneImage = { ...usualBindings(model), ...bindings, batch: 1 };
  const blocks = new Map<string, Mutable<BlockCosts>>();
  const callees = new Map(model.modules.map((m) => [m.path, m.callee]));
  const known = new Set([...callees.keys(), ...model.weights.map((w) => w.leaf.name)].map(topLevel));
  const blockOf = (path: string): Mutable<BlockCosts> => {
    const name = known.has(topLevel(path)) ? topLevel(path) : '';
    const found = blocks.get(name) ?? { name, callee: callees.get(name) ?? '', ...nothing };
    blocks.set(name, found);
    return found;
  };
  for (const weight of model.weights) blockOf(weight.leaf.name).parameters += sizeIn(weight, oneImage);
  // Tables that depend on constants alone are folded before anything runs.
  const running = new Set<Value>();
  // The values of a module count even if no output needs them, such as the last block's text tokens.
  for (const v of topological([...Object.values(model.outputs), ...model.modules.map((m) => m.output)])) {
    if (v.op ? v.inputs.some((x) => running.has(x)) : v.leaf?.kind !== 'constant') running.add(v);
    if (!v.op || !running.has(v)) continue;
    const { linear, attention, full } = flopsOf(v, oneImage);
    if (full > 0) spend(blockOf(v.scope), linear, attention, full);
  }
  const all = inOrderOfUse(model, [...blocks.values()]);
  const textTokens = assumedTokens(model, bindings);
  return { model: model.name, ...(textTokens !== null && { textTokens }), ...sumOf(all), blocks: all };
}

/** The number of tokens assumed in costs if a model takes texts of any length. */
const usualTokens = 128;

/** The value of the symbol `text`, in tokens: the longest text of the model, or a usual number. */
export function usualBindings(model: ModelGraph): Bindings {
  return { text: textOf(model)?.longest ?? tokensFor(model) };
}

const tokensByModel = new WeakMap<ModelGraph, number>();

/** The usual number of tokens, halved until it fits the tables that the model cuts to the text's length. */
function tokensFor(model: ModelGraph): number {
  const known = tokensByModel.get(model);
  if (known) return known;
  let tokens = usualTokens;
  while (tokens > 1 && takesText(model) && !fits(model, tokens)) tokens = Math.floor(tokens / 2);
  tokensByModel.set(model, tokens);
  return tokens;
}

function takesText({ inputs }: ModelGraph): boolean {
  return inputs.some(({ value }) => value.shape.some((d) => typeof d !== 'number' && d.terms.has('text')));
}

function fits(model: ModelGraph, tokens: number): boolean {
  const inputs = model.inputs.map((i) => i.value);
  try {
    bindProgram({ name: 'fit', inputs, outputs: model.outputs, updates: [] }, { text: tokens });
    return true;
  } catch (e) {
    if (e instanceof ShapeError) return false;
    throw e;
  }
}

/** The number of tokens that is assumed for a model of texts of any length; null if none is assumed. */
function assumedTokens(model: ModelGraph, bindings: Bindings): number | null {
  return takesText(model) && !textOf(model)?.longest && !('text' in bindings) ? tokensFor(model) : null;
}

/** `patch_blocks.0.attn.qkv` belongs to `patch_blocks.0`, `t_embedder.mlp.0` to `t_embedder`. */
export function topLevel(path: string): string {
  const [first, second] = path.split('.', 2);
  return second !== undefined && /^\d+$/.test(second) ? `${first}.${second}` : first;
}

/** The total costs of several blocks. */
export function sumOf(blocks: readonly Totals[]): Totals {
  const total = { ...nothing };
  for (const b of blocks) {
    total.parameters += b.parameters;
    total.flops += b.flops;
    total.flopsLinear += b.flopsLinear;
    total.flopsAttention += b.flopsAttention;
    total.flopsFull += b.flopsFull;
  }
  return total;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const nothing: Totals = { parameters: 0, flops: 0, flopsLinear: 0, flopsAttention: 0, flopsFull: 0 };

function spend(block: Mutable<BlockCosts>, linear: number, attention: number, full: number): void {
  block.flops += linear + attention;
  block.flopsLinear += linear;
  block.flopsAttention += attention;
  block.flopsFull += full;
}

/** Blocks in the order in which the model builds them, those of a repetition in their own order. */
function inOrderOfUse(model: ModelGraph, blocks: readonly BlockCosts[]): BlockCosts[] {
  const place = new Map<string, number>();
  for (const { output, path } of model.modules) {
    const name = topLevel(path);
    place.set(name, Math.min(output.id, place.get(name) ?? Infinity));
  }
  const placeOf = (b: BlockCosts): number => place.get(b.name) ?? Number.MAX_SAFE_INTEGER;
  return blocks.toSorted((a, b) => placeOf(a) - placeOf(b));
}
