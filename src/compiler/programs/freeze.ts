/** Selects the weights that a recipe trains, by patterns of their labels; all others stay fixed. */
import { WeftError } from '../diagnostics/diagnostic';
import { suggest } from '../diagnostics/suggest';
import type { Variable } from '../ir/graph';
import type { ModelGraph } from '../lower/model';

/** Whether a pattern matches. `patch_blocks` matches all under that label; `*` is any text: `*.bias`, `patch_blocks.*.attn`. */
export function matchesLabel(pattern: string, path: string): boolean {
  return matchesLetters(`${pattern}.*`, `${path}.`);
}

/** Each part between stars is matched at its first occurrence, so that many stars take no more time than one. */
function matchesLetters(pattern: string, text: string): boolean {
  const [first, ...parts] = pattern.split('*');
  const last = parts.pop() ?? '';
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - at >= last.length && text.endsWith(last);
}

/** Matches many patterns with many labels. Patterns without stars are looked up in a set, and not tried one by one. */
export class LabelPatterns {
  private readonly plain: ReadonlySet<string>;
  private readonly starred: readonly string[];

  constructor(patterns: Iterable<string>) {
    const different = [...new Set(patterns)];
    this.plain = new Set(different.filter((p) => !p.includes('*')));
    this.starred = different.filter((p) => p.includes('*'));
  }

  has(path: string): boolean {
    return labelsOf(path).some((label) => this.plain.has(label)) || this.starred.some((p) => matchesLabel(p, path));
  }

  /** The patterns that match none of `paths`. */
  idle(paths: readonly string[]): ReadonlySet<string> {
    const labels = new Set(paths.flatMap(labelsOf));
    const plain = [...this.plain].filter((p) => !labels.has(p));
    return new Set([...plain, ...this.starred.filter((p) => !paths.some((path) => matchesLabel(p, path)))]);
  }
}

/** The labels that contain a path: `a`, `a.b` and `a.b.c` for `a.b.c`. */
function labelsOf(path: string): string[] {
  const labels: string[] = [];
  for (let at = path.indexOf('.'); at >= 0; at = path.indexOf('.', at + 1)) labels.push(path.slice(0, at));
  return [...labels, path];
}

/** Labels similar to a pattern that names none; parts that are `*` in the pattern are `*` in them too. */
export function nearLabels(pattern: string, paths: readonly string[]): string {
  const parts = pattern.split('.');
  const alike = (label: string): string => {
    const own = label.split('.');
    return own.length === parts.length ? own.map((part, i) => (parts[i] === '*' ? '*' : part)).join('.') : label;
  };
  return suggest(pattern, paths.flatMap(labelsOf).map(alike)).join(' or ');
}

/** The settings of a recipe that select the trained weights. */
export interface Selection {
  /** Patterns of the labels to train; all weights if absent. */
  readonly train?: readonly string[];
  /** Patterns of labels whose weights stay fixed, even if `train` names them. */
  readonly freeze?: readonly string[];
}

/** Gives a function that says whether the weight with a label is trained. */
export function isTrained({ train, freeze = [] }: Selection): (path: string) => boolean {
  const [named, frozen] = [train && new LabelPatterns(train), new LabelPatterns(freeze)];
  return (path) => (named?.has(path) ?? true) && !frozen.has(path);
}

/** The weights of a model that are trained. Throws if none is left to train. */
export function trainedWeights(
  { name, weights }: Pick<ModelGraph, 'name' | 'weights'>,
  selection: Selection,
): Variable[] {
  const trained = isTrained(selection);
  const left = weights.filter((w) => trained(w.leaf.name));
  if (left.some((w) => w.leaf.role === 'weight') || (!selection.train && !selection.freeze?.length)) return left;
  throw new WeftError(
    `With ${selection.train ? '`train` and ' : ''}\`freeze\` no weight of ${name} is left to train.`,
    'Freeze fewer labels.',
  );
}

/**
 * Gives a function that says whether a weight is trained that an objective has beside the model's, of which `own` are the labels.
 * Patterns of `train` that name none of these select among the model's weights alone.
 */
export function isOwnTrained({ train, freeze }: Selection, own: readonly string[]): (path: string) => boolean {
  const named = new LabelPatterns(train ?? []);
  return isTrained({ ...(own.some((path) => named.has(path)) && { train }), freeze });
}

/** The settings of a recipe that name weights. */
export interface NamedWeights extends Selection {
  readonly optimizer: { readonly decayExcept?: readonly string[] };
}

/** Throws if a pattern of a recipe names no weight of the model, nor one of the objective's `own`. */
export function requireNamed(
  { name, weights }: Pick<ModelGraph, 'name' | 'weights'>,
  own: readonly Variable[],
  { train = [], freeze = [], optimizer: { decayExcept = [] } }: NamedWeights,
): void {
  const all = { name, weights: [...weights, ...own] };
  requireWeights(all, train, 'train');
  requireWeights(all, freeze, 'freeze');
  requireWeights(all, decayExcept, 'leave out of the decay');
}

/** Throws if a pattern names no weight of the model; `verb` says in the message what the pattern is for. */
export function requireWeights(
  { name, weights }: Pick<ModelGraph, 'name' | 'weights'>,
  patterns: readonly string[],
  verb: string,
): void {
  const paths = weights.map((w) => w.leaf.name);
  const [idle] = new LabelPatterns(patterns).idle(paths);
  if (idle === undefined) return;
  const near = nearLabels(idle, paths);
  throw new WeftError(
    `${name} has no weight \`${idle}\` to ${verb}.`,
    near ? `Did you mean ${near}?` : 'weft inspect lists the labels of a model.',
  );
}

/** Throws if a recipe excepts all weights that it trains from the decay. */
export function requireDecay(
  { name }: Pick<ModelGraph, 'name'>,
  trained: readonly Variable[],
  except: readonly string[] = [],
): void {
  const spared = new LabelPatterns(except);
  if (except.length === 0 || trained.some((w) => !spared.has(w.leaf.name))) return;
  throw new WeftError(
    `\`except\` names every weight of ${name} that is trained, so nothing would decay.`,
    'Except fewer labels, or leave `decay` out.',
  );
}
