/** A recipe drops and encodes only conditions that its model reads. */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { conditionsOf } from '../lower/givens/conditions';
import { textOf, type ModelGraph } from '../lower/model';
import type { SampleSettings, TrainRecipe } from '../recipe/index';
import { builtInGuidance } from '../recipe/sample';
import { hasCondition } from '../programs/guided';
import type { Span } from '../source';
import type { Expression } from '../syntax/ast';
import { itemsOf } from '../syntax/items';
import { startOf, type Training } from './training';

/** Reports settings of a train section without an input in its model: `text`, and conditions that `drop` names. */
export function checkUnread({ section, place, recipe, model }: Training): Diagnostic[] {
  const given = new Set(section.entries.flatMap((e) => (e.kind === 'given' ? [e.name.name] : [])));
  const lacks = { text: !textOf(model), label: model.inputs.every((i) => i.kind !== 'class') };
  const unread = (what: 'text' | 'label', written: string, value: Expression | null): Diagnostic[] =>
    lacks[what]
      ? [
          diagnose('unread-condition', value?.span ?? startOf(section), {
            model: model.name,
            what: what === 'text' ? 'text' : 'class',
            written,
          }),
        ]
      : [];
  const encoder = place('text');
  const texts = encoder || recipe?.text ? unread('text', 'text', encoder) : [];
  const drop = place('drop');
  const inPhases = section.entries.flatMap((e) =>
    e.kind === 'phase'
      ? e.entries.flatMap((s) => (s.kind === 'setting' && s.path[0].name === 'drop' ? [s.value] : []))
      : [],
  );
  const drops = [...(drop ? partsOf(drop) : droppedBy(recipe)), ...inPhases.flatMap(partsOf)];
  return [
    ...texts,
    ...drops.flatMap(({ name, part }) =>
      (name === 'text' || name === 'label') && !given.has(name) ? unread(name, `drop = ${name}(…)`, part) : [],
    ),
  ];
}

interface Dropped {
  readonly name: string;
  /** Null for what does not stand in the section. */
  readonly part: Expression | null;
}

function partsOf(drop: Expression): Dropped[] {
  return itemsOf(drop).map((part) => ({
    name: part.kind === 'call' && part.callee.kind === 'name' ? part.callee.name : '',
    part,
  }));
}

/** What a recipe leaves out that does not stand in its section. */
function droppedBy(recipe: TrainRecipe | null): Dropped[] {
  const names = [...(recipe?.labelDrop ? ['label'] : []), ...(recipe?.textDrop ? ['text'] : [])];
  return names.map((name) => ({ name, part: null }));
}

/** Reports guidance in a sample section if its model, as its recipes train it, has no condition to guide with. */
export function checkGuided(sample: SampleSettings, model: ModelGraph, place: Span): Diagnostic[] {
  const guidance = builtInGuidance(sample.guidance);
  if (!guidance || guidance.weak !== undefined || guidance.scale === 1 || hasCondition(model)) return [];
  const kept = conditionsOf(model).map((i) => i.name);
  if (kept.length > 0) return [diagnose('guidance-over-nothing', place, { model: model.name, kept })];
  return [diagnose('unread-condition', place, { model: model.name, what: 'class or text', written: 'guidance' })];
}
