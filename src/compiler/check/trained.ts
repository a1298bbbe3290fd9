/** The patterns of `train`, `freeze` and `adapt` must name weights of the recipe's model, and leave some to train. */
// Tested by test/compiler/programs/freeze.test.ts.
import { someOf } from '../diagnostics/counted';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { ModelGraph } from '../lower/model';
import { idleAdaptation, linearWeights } from '../programs/adapters';
import { isTrained, LabelPatterns, nearLabels, type Selection } from '../programs/freeze';
import type { Place } from '../sections/schema';
import type { Expression } from '../syntax/ast';
import { itemsOf } from '../syntax/items';

/** The errors of these settings in a train section of `model`. */
export function checkTrained(place: Place, model: ModelGraph): Diagnostic[] {
  const [train, freeze, at] = [place('train'), place('freeze'), place('adapt.at')];
  const idle = [train, freeze, at].flatMap((e) => (e ? checkPatterns(e, model) : []));
  if (idle.length === 0 && at) idle.push(...checkAdapted(at, model));
  if (at && freeze && !train) return [...idle, diagnose('freeze-idle', freeze.span, {})];
  const all = freeze ?? train;
  if (!all || idle.length > 0) return idle;
  const selection: Selection = {
    ...(train && { train: patternsIn(train).map((p) => p.value) }),
    freeze: freeze ? patternsIn(freeze).map((p) => p.value) : [],
  };
  const trained = isTrained(selection);
  if (model.weights.length === 0 || model.weights.some((w) => trained(w.leaf.name))) return [];
  return [diagnose('freeze-all', all.span, { model: model.name })];
}

/** Reports patterns that name no weight of the model. */
function checkPatterns(value: Expression, model: Pick<ModelGraph, 'name' | 'weights'>): Diagnostic[] {
  const patterns = patternsIn(value);
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
  return patternsIn(at)
    .filter((p) => idleAdaptation(model, [p.value]) !== null)
    .map((p) =>
      diagnose('adapt-layer', p.span, () => {
        const known = linearWeights(model).map((w) => w.leaf.name.replace(/\.weight$/, ''));
        return { model: model.name, label: p.value, known: someOf(known, 5) };
      }),
    );
}

function patternsIn(value: Expression): Extract<Expression, { kind: 'string' }>[] {
  return itemsOf(value).flatMap((e) => (e.kind === 'string' ? [e] : []));
}
