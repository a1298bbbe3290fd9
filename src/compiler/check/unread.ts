/** A recipe drops and encodes only conditions that its model reads. */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { conditionsOf } from '../lower/givens/conditions';
import { textOf, type ModelGraph } from '../lower/model';
import type { SampleSettings } from '../recipe/index';
import { builtInGuidance } from '../recipe/sample';
import { hasCondition } from '../programs/guided';
import type { Span } from '../source';
import type { Expression, SectionDeclaration } from '../syntax/ast';
import { itemsOf } from '../syntax/items';

/** Reports settings of a train section without an input in `model`: `text`, and conditions that `drop` names. */
export function checkUnread(section: SectionDeclaration, model: ModelGraph): Diagnostic[] {
  const given = new Set(section.entries.flatMap((e) => (e.kind === 'given' ? [e.name.name] : [])));
  const lacks = { text: !textOf(model), label: model.inputs.every((i) => i.kind !== 'class') };
  const unread = (what: 'text' | 'label', written: string, value: Expression): Diagnostic[] =>
    lacks[what]
      ? [
          diagnose('unread-condition', value.span, {
            model: model.name,
            what: what === 'text' ? 'text' : 'class',
            written,
          }),
        ]
      : [];
  return section.entries.flatMap((e) => {
    if (e.kind !== 'setting') return [];
    if (e.path[0].name === 'text') return unread('text', 'text', e.value);
    if (e.path[0].name !== 'drop') return [];
    return itemsOf(e.value).flatMap((part) => {
      const name = part.kind === 'call' && part.callee.kind === 'name' ? part.callee.name : '';
      return (name === 'text' || name === 'label') && !given.has(name) ? unread(name, `drop = ${name}(…)`, part) : [];
    });
  });
}

/** Reports guidance in a sample section if its model, as its recipes train it, has no condition to guide with. */
export function checkGuided(sample: SampleSettings, model: ModelGraph, place: Span): Diagnostic[] {
  const guidance = builtInGuidance(sample.guidance);
  if (!guidance || guidance.weak !== undefined || guidance.scale === 1 || hasCondition(model)) return [];
  const kept = conditionsOf(model).map((i) => i.name);
  if (kept.length > 0) return [diagnose('guidance-over-nothing', place, { model: model.name, kept })];
  return [diagnose('unread-condition', place, { model: model.name, what: 'class or text', written: 'guidance' })];
}
