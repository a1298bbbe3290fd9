/** The patterns of `train`, `freeze`, `adapt` and `decay` must name weights of the recipe's model, and leave some to train. */
// Tested by test/compiler/programs/freeze.test.ts.
import { someOf } from '../diagnostics/counted';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Variable } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import { adapterLabels, idleAdaptation, linearWeights } from '../programs/adapters';
import { isOwnTrained, isTrained, LabelPatterns, nearLabels, type Selection } from '../programs/freeze';
import type { Place } from '../sections/schema';
import { patternsIn } from '../recipe/fields';
import type { Span } from '../source';
import type { Expression } from '../syntax/ast';
import { itemsOf } from '../syntax/items';

/** The errors of these settings in a train section of `model`; `ownWeights` are those that its objective has beside the model's. */
export function checkTrained(place: Place, model: ModelGraph, ownWeights: readonly Variable[]): Diagnostic[] {
  const [train, freeze, at] = [place('train'), place('freeze'), place('adapt.at')];
  const beside = ownWeights.map((w) => w.leaf.name);
  const named = { name: model.name, weights: [...model.weights, ...ownWeights] };
  const idle = [train, freeze, place('optimizer.decay.except')].flatMap((e) => (e ? checkPatterns(e, named) : []));
  if (at) idle.push(...checkPatterns(at, model));
  if (idle.length === 0 && at) idle.push(...checkAdapted(at, model));
  if (at && freeze && !train) return [...idle, diagnose('freeze-idle', freeze.span, {})];
  if (idle.length > 0 || model.weights.length === 0) return idle;
  const selection: Selection = {
    ...(train && { train: patternsOf(train).map((p) => p.value) }),
    freeze: freeze ? patternsOf(freeze).map((p) => p.value) : [],
  };
  const isKept = isTrained(selection);
  const own = at && !train ? [] : model.weights.map((w) => w.leaf.name).filter(isKept);
  const all = freeze ?? train;
  if (all && own.length === 0) return [diagnose('freeze-all', all.span, { model: model.name })];
  const names = [
    ...own,
    ...(at ? adapterNames(model, patternsOf(at)) : []),
    ...beside.filter(isOwnTrained(selection, beside)),
  ];
  const paths = named.weights.map((w) => w.leaf.name);
  return [
    ...(train && freeze ? checkSelection(train, freeze, { paths, beside }) : []),
    ...checkDecay(place, model, names),
  ];
}

/** Reports patterns of `train` whose weights `freeze` keeps all, and patterns of `freeze` whose weights are not trained anyway. */
function checkSelection(
  train: Expression,
  freeze: Expression,
  { paths, beside }: { readonly paths: readonly string[]; readonly beside: readonly string[] },
): Diagnostic[] {
  const values = (e: Expression): string[] => patternsOf(e).map((p) => p.value);
  const [named, frozen] = [new LabelPatterns(values(train)), new LabelPatterns(values(freeze))];
  const idleTrain = new LabelPatterns(values(train)).idle(paths.filter((path) => !frozen.has(path)));
  const moving = new Set(beside.filter(isOwnTrained({ train: values(train) }, beside)));
  const idleFreeze = new LabelPatterns(values(freeze)).idle(
    paths.filter((path) => named.has(path) || moving.has(path)),
  );
  const found = (setting: 'train' | 'freeze', written: Expression, idle: ReadonlySet<string>): Diagnostic[] =>
    patternsOf(written)
      .filter((p) => idle.has(p.value))
      .map((p) => diagnose('selection-idle', p.span, { setting, label: p.value }));
  return [...found('train', train, idleTrain), ...found('freeze', freeze, idleFreeze)];
}

/** The decay must be left with one of the trained weights, whose labels are `names`. */
function checkDecay(place: Place, model: ModelGraph, names: readonly string[]): Diagnostic[] {
  const except = place('optimizer.decay.except');
  if (!except || names.length === 0) return [];
  const spared = new LabelPatterns(patternsOf(except).map((p) => p.value));
  return names.every((name) => spared.has(name)) ? [diagnose('decay-all', except.span, { model: model.name })] : [];
}

/** Reports patterns that name no weight of the model. */
function checkPatterns(value: Expression, model: Pick<ModelGraph, 'name' | 'weights'>): Diagnostic[] {
  const patterns = patternsOf(value);
  const paths = model.weights.map((w) => w.leaf.name);
  const idle = new LabelPatterns(patterns.map((p) => p.value)).idle(paths);
  return patterns
    .filter((p) => idle.has(p.value))
    .map((p) =>
      diagnose('weight-pattern', p.span, () => {
        const suggestion = nearLabels(p.value, paths);
        const known = [...new Set(paths.map((path) => path.split('.')[0]))].join(', ');
        return { model: model.name, label: p.value, suggestion, known };
      }),
    );
}

/** Reports patterns of `adapt` that name weights, but no linear layer. */
function checkAdapted(at: Expression, model: ModelGraph): Diagnostic[] {
  return patternsOf(at)
    .filter((p) => idleAdaptation(model, [p.value]) !== null)
    .map((p) =>
      diagnose('adapt-layer', p.span, () => {
        const known = linearWeights(model).map((w) => w.leaf.name.replace(/\.weight$/, ''));
        return { model: model.name, label: p.value, known: someOf(known, 5) };
      }),
    );
}

/** The labels of the adapters that are trained beside the layers at these patterns. */
function adapterNames(model: ModelGraph, at: readonly WrittenPattern[]): string[] {
  const chosen = new LabelPatterns(at.map((p) => p.value));
  const layers = linearWeights(model).map((w) => w.leaf.name);
  return layers.filter((name) => chosen.has(name)).flatMap(adapterLabels);
}

interface WrittenPattern {
  readonly value: string;
  readonly span: Span;
}

function patternsOf(value: Expression): WrittenPattern[] {
  return itemsOf(value).flatMap((e) => {
    if (e.kind !== 'string') return [];
    let at = e.span.start;
    return patternsIn(e.value).map((pattern) => {
      const found = e.span.source.text.indexOf(pattern, at);
      // A string of several patterns is underlined at each; one with escapes, or with one pattern, as a whole.
      const isInside = e.value.includes(',') && found >= 0 && found < e.span.end;
      if (isInside) at = found + pattern.length;
      return { value: pattern, span: isInside ? { ...e.span, start: found, end: at } : e.span };
    });
  });
}
