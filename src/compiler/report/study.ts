/** Costs of the models of a study, and which of them a device of a given memory cannot train, with the reason and a fix. */
// Tested by test/compiler/sections/study.test.ts.
import type { Diagnostic } from '../diagnostics/diagnostic';
import { topological } from '../ir/graph';
import type { ModelGraph, StaticValue } from '../lower/model';
import { attention, biasedAttention, maskedAttention } from '../ops/attention';
import type { GivenSettings } from '../sections/keys';
import type { Study, StudyCase } from '../sections/study';
import { costsOf, usualBindings, type Totals } from './costs';
import { sizeIn } from './flops';
import { memoryOf, type Memory, type MemoryOptions } from './memory';
import { is } from '../ops/define';

export interface StudyRow {
  readonly name: string;
  readonly model: string;
  readonly changes: { readonly [name: string]: string };
  /** Null if the model cannot be built; `problem` then says why. */
  readonly costs: Totals | null;
  readonly memory: StudyMemory | null;
  /** Why it cannot be built or trained; null if it can. */
  readonly problem: string | null;
  /** A change that would make it trainable; null if none is known. */
  readonly fix: string | null;
}

/** In bytes, see `Memory`. */
export interface StudyMemory extends Pick<Memory, 'batch' | 'precision' | 'activations' | 'total'> {
  /** With `recompute = blocks`; null if training fits the device without it. */
  readonly totalRecomputed: number | null;
}

export interface StudyReport {
  readonly kind: Study['kind'];
  readonly name: string;
  readonly doc: string;
  readonly rows: readonly StudyRow[];
}

export interface StudyOptions extends Omit<MemoryOptions, 'bindings'> {
  /** Memory of the training device, in bytes. */
  readonly budget: number;
}

/** The options of a case, from its name and its model. */
type OptionsOf = (name: string, model: ModelGraph) => StudyOptions;

/** Builds every case, with the hyper-parameters of `set` in place of its own, and computes its costs. */
export function studyReport(study: Study, optionsOf: OptionsOf, set: GivenSettings = {}): StudyReport {
  const { kind, name, doc } = study;
  return { kind, name, doc, rows: study.cases.map((c) => rowOf(c, optionsOf, set)) };
}

function rowOf(c: StudyCase, optionsOf: OptionsOf, set: GivenSettings): StudyRow {
  const { name, model: base, changes } = c;
  const { model, diagnostics } = c.elaborate(set);
  if (!model) {
    const problem = explain(diagnostics);
    return { name, model: base, changes, costs: null, memory: null, problem, fix: null };
  }
  const options = optionsOf(name, model);
  const { parameters, flops, flopsLinear, flopsAttention, flopsFull } = costsOf(model);
  const costs = { parameters, flops, flopsLinear, flopsAttention, flopsFull };
  const memory = studyMemory(model, options);
  const tooMuch = !fits(memory, options.budget);
  return {
    name,
    model: base,
    changes,
    costs,
    memory,
    problem: tooMuch ? whyTooMuch(model, memory, options) : null,
    fix: tooMuch ? compactionThatFits(c, model, options, set) : null,
  };
}

function studyMemory(model: ModelGraph, options: StudyOptions): StudyMemory {
  const memory = memoryOf(model, options);
  const { batch, precision, activations, total } = memory;
  const totalRecomputed = total > options.budget ? memory.totalRecomputed : null;
  return { batch, precision, activations, total, totalRecomputed };
}

/** Whether a device can train the case, with blocks recomputed if necessary. */
function fits({ total, totalRecomputed }: StudyMemory, budget: number): boolean {
  return (totalRecomputed ?? total) <= budget;
}

function explain(diagnostics: readonly Diagnostic[]): string {
  const first = diagnostics.find((d) => d.severity === 'error') ?? diagnostics[0];
  return first?.message ?? 'It cannot be built.';
}

/** Names the largest attention if its scores take most of the memory. */
function whyTooMuch(model: ModelGraph, memory: StudyMemory, { budget }: StudyOptions): string {
  const least = gibibytes(memory.totalRecomputed ?? memory.total);
  const needs = `batch ${memory.batch} needs ${gibibytes(memory.total)} to train, ${least} with recompute = blocks, of ${gibibytes(budget)}`;
  const scores = largestScores(model, memory.batch);
  if (!scores || scores.bytes * scores.layers < memory.activations / 4) return needs;
  const { tokens, heads, bytes, layers } = scores;
  const n = tokens.toLocaleString('en-US');
  return `${needs}: attention over ${n} tokens keeps ${heads} × ${n}² scores, ${gibibytes(bytes)} in each of ${layers} layers`;
}

interface Scores {
  readonly tokens: number;
  readonly heads: number;
  /** Bytes of one layer, for the whole batch. */
  readonly bytes: number;
  readonly layers: number;
}

/** The scores of the attention over the most tokens, and the number of layers with that many. */
function largestScores(model: ModelGraph, batch: number): Scores | null {
  const bindings = { ...usualBindings(model), batch };
  const all = topological(Object.values(model.outputs)).flatMap((v): Omit<Scores, 'layers'>[] => {
    if (!is(v, attention, maskedAttention, biasedAttention)) return [];
    const [q, k] = v.inputs.map((x) => ({ rows: sizeIn(x, bindings) / Number(x.shape.at(-1)), shape: x.shape }));
    const rows = q.rows / batch;
    const heads = q.shape.length === 4 ? Number(q.shape[1]) : 1;
    const tokens = k.rows / batch / heads;
    return [{ tokens, heads, bytes: 4 * rows * tokens * batch }];
  });
  const most = all.reduce<Omit<Scores, 'layers'> | null>((best, s) => (best && best.bytes >= s.bytes ? best : s), null);
  return most && { ...most, layers: all.filter((s) => s.bytes === most.bytes).length };
}

/** The smallest of the usual compaction ratios with which the case fits; only for models that compact. */
function compactionThatFits(c: StudyCase, model: ModelGraph, options: StudyOptions, set: GivenSettings): string | null {
  const { compaction, patch } = model.hyperparameters;
  if (!isRatio(compaction) || typeof patch !== 'number') return null;
  const [left, right] = compaction.ratio;
  const pixels = patch * patch;
  const ratio = `${pixels}:1`;
  if (left / right >= pixels) return null;
  const { model: compacted } = c.elaborate({ ...set, compaction: ratio });
  if (!compacted) return null;
  const memory = studyMemory(compacted, options);
  if (!fits(memory, options.budget)) return null;
  const { flops } = costsOf(compacted);
  return `compact ${ratio}: ${giga(flops)} GFLOPs, ${gibibytes(memory.total)}`;
}

function isRatio(v: StaticValue | undefined): v is { readonly ratio: readonly [number, number] } {
  return typeof v === 'object' && 'ratio' in v;
}

/** Bytes as `1,024.0 GiB`. */
export function gibibytes(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return `${gib.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} GiB`;
}

/** Billions with one decimal, or with three significant digits if one decimal is too coarse. */
export function giga(flops: number): string {
  if (flops < 1e9) return (flops / 1e9).toPrecision(3);
  return (flops / 1e9).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}
