/** The patterns of `train`, `freeze`, `adapt` and `decay` must name weights of the recipe's model, and leave some to train. */
// Tested by test/compiler/programs/freeze.test.ts.
import { someOf } from '../diagnostics/counted';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { ModelGraph } from '../lower/model';
import { idleAdaptation, linearWeights } from '../programs/adapters';
import { isTrained, LabelPatterns, nearLabels, type Selection } from '../programs/freeze';
import type { Place } from '../sections/schema';
import { patternsIn } from '../recipe/fields';
import type { Span } from '../source';
import type { Expression } from '../syntax/ast';
import { itemsOf } from '../syntax/items';

/** The errors of these settings in a train section of `model`. */
export function checkTrained(place: Place, model: ModelGraph): Diagnostic[] {
  const [train, freeze, at] = [place('train'), place('freeze'), place('adapt.at')];
  const idle = [train, freeze, at, place('optimizer.decay.except')].flatMap((e) => (e ? checkPatterns(e, model) : []));
  if (idle.length === 0 && at) idle.push(...checkAdapted(at, model));
  if (at && freeze && !train) return [...idle, diagnose('freeze-idle', freeze.span, {})];
  const all = freeze ?? train;
  if (!all || idle.length > 0) return idle;
  const selection: Selection = {
    ...(train && { train: patternsOf(train).map((p) => p.value) }),
    freeze: freeze ? patternsOf(freeze).map((p) => p.value) : [],
  };
  const trained = isTrained(selection);
  if (model.weights.length === 0 || model.weights.some((w) => trained(w.leaf.name))) return [];
  return [diagnose('freeze-all', all.span, { model: model.name })];
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
