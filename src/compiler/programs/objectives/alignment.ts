/** The alignment of a recipe, applied to a model: its loss, the projector it trains, and the input it needs. */
// Tested by test/compiler/programs/objectives/repa.test.ts.
import { diagnose, WeftError, type Diagnostic } from '../../diagnostics/diagnostic';
import { suggest } from '../../diagnostics/suggest';
import { formatShape } from '../../ir/dims';
import { input, scalar, type Value, type Variable } from '../../ir/graph';
import { textOf, type ModelGraph } from '../../lower/model';
import type { Alignment } from '../../recipe/index';
import { Source, type Span } from '../../source';
import { alignmentLoss } from './repa';
import type { TeacherShape } from './teacher';
import { held } from '../../invariant';
import { onlyInput } from '../only-input';

/** The additions of alignment to a train step; empty, with weight 0, if a recipe has none. */
export interface AlignmentTerm {
  readonly loss: Value;
  readonly weight: number;
  /** `teacher` `[batch, tokens, width]`, the encoder's tokens of the clean images. */
  readonly inputs: readonly Value[];
  readonly extraWeights: readonly Variable[];
}

/** The input `teacher`; for REPA, also the loss between it and the model's tokens at `align.at`, projected. */
export function alignment(model: ModelGraph, align: Alignment | undefined): AlignmentTerm {
  if (!align) return { loss: scalar(0), weight: 0, inputs: [], extraWeights: [] };
  const teacher = teacherTokens(model, align);
  if (align.kind === 'features') return { loss: scalar(0), weight: 0, inputs: [teacher], extraWeights: [] };
  const tokens = tokensAt(model, align.at);
  const { loss, weights } = alignmentLoss({ tokens, teacher }, align.hidden, textOf(model) ? 'text' : 'class');
  return { loss, weight: align.weight, inputs: [teacher], extraWeights: weights };
}

/** The input `teacher` `[batch, tokens, width]`: the encoder's tokens of the clean images. */
export function teacherTokens(model: ModelGraph, align: Alignment): Value {
  const { tokens, width } = teacherShape(model, align);
  return input('teacher', [onlyInput(model, 'image').value.shape[0], tokens, width]);
}

/** The shape of the encoder's tokens: as the recipe says, or as many tokens as the model has at the aligned place. */
export function teacherShape(model: ModelGraph, align: Alignment): TeacherShape {
  const { width } = align;
  if (align.kind === 'features') return { tokens: align.tokens, width };
  return { tokens: align.tokens ?? Number(tokensAt(model, align.at).shape[1]), width };
}

function tokensAt(model: ModelGraph, path: string): Value {
  const problem = placeProblem(model, path, { source: new Source('', ''), start: 0, end: 0 });
  if (problem) throw new WeftError(problem.message, problem.hint);
  return held(places(model), path);
}

/** Why a model cannot be aligned as a recipe says, reported at `span`; null if it can. */
export function alignmentProblem(model: ModelGraph, align: Alignment, span: Span): Diagnostic | null {
  return align.kind === 'repa' ? placeProblem(model, align.at, span) : null;
}

/** Why a model cannot be aligned at `path`, reported at `span`; null if it has tokens `[batch, tokens, width]` there. */
export function placeProblem(model: ModelGraph, path: string, span: Span): Diagnostic | null {
  const known = places(model);
  const found = known.get(path);
  const { name } = model;
  if (found) {
    if (isTokens(found)) return null;
    const shape = formatShape(found.shape);
    return diagnose('align-shape', span, { model: name, place: written(path), shape, known: tokenPlaces(known) });
  }
  const [, group, layer] = /^(.*)\.(\d+)$/.exec(path) ?? [];
  const count = group === undefined ? 0 : copiesOf(group, known);
  if (count > 0) return diagnose('align-layer', span, { model: name, group: written(group), count, layer: +layer + 1 });
  const suggestion = suggest(path, known.keys()).map(written).join(' or ');
  return diagnose('align-place', span, { model: name, place: written(path), suggestion, known: tokenPlaces(known) });
}

/** Every point of a model by its path: labelled calls and taps. */
function places(model: ModelGraph): ReadonlyMap<string, Value> {
  return new Map([...model.modules.map((m): [string, Value] => [m.path, m.output]), ...Object.entries(model.taps)]);
}

function isTokens({ shape }: Value): boolean {
  return shape.length === 3 && typeof shape[2] === 'number';
}

function copiesOf(group: string, known: ReadonlyMap<string, Value>): number {
  let count = 0;
  while (known.has(`${group}.${count}`)) count++;
  return count;
}

/** The outermost places with tokens, as a recipe writes them: `patch_blocks[1] to patch_blocks[26], semantic`. */
function tokenPlaces(known: ReadonlyMap<string, Value>): string {
  const outer = [...known].flatMap(([path, v]) => (isTokens(v) && /^[^.]+(\.\d+)?$/.test(path) ? [path] : []));
  const repeated = outer.flatMap((path) => (path.endsWith('.0') ? [path.slice(0, -2)] : []));
  const ranges = repeated.map((group) => `${group}[1] to ${group}[${copiesOf(group, known)}]`);
  return [...ranges, ...outer.filter((path) => !path.includes('.') && !repeated.includes(path))].join(', ');
}

/** A path as recipes write it, with blocks counted from 1. */
function written(path: string): string {
  return path.replace(/\.(\d+)/g, (_, i) => `[${Number(i) + 1}]`);
}
