/** Patterns of `freeze` name weights that a recipe's model has, and leave some to train. */
// Tested by test/compiler/programs/freeze.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { suggest } from '../diagnostics/suggest';
import type { ModelGraph } from '../lower/model';
import { Frozen, labelsOf } from '../programs/freeze';
import type { SectionDeclaration } from '../syntax/ast';
import { itemsOf } from '../syntax/items';

/** What is wrong with `freeze` in a train section of `model`. */
export function checkFreeze(section: SectionDeclaration, model: ModelGraph): Diagnostic[] {
  const setting = section.entries.find((e) => e.kind === 'setting' && e.path[0].name === 'freeze');
  if (setting?.kind !== 'setting') return [];
  const { value } = setting;
  const patterns = itemsOf(value).flatMap((e) => (e.kind === 'string' ? [e] : []));
  const paths = model.weights.map((w) => w.leaf.name);
  const frozen = new Frozen(patterns.map((p) => p.value));
  const idleOnes = frozen.idle(paths);
  const idle = patterns.filter((p) => idleOnes.has(p.value));
  const all = idle.length === 0 && patterns.length > 0 && paths.every((path) => frozen.has(path));
  return [
    ...idle.map((p) =>
      diagnose('freeze-label', p.span, () => {
        const suggestion = suggest(p.value, paths.flatMap(labelsOf)).join(' or ');
        const known = [...new Set(paths.map((path) => path.split('.')[0]))].join(', ');
        return { model: model.name, label: p.value, suggestion, known };
      }),
    ),
    ...(all ? [diagnose('freeze-all', value.span, { model: model.name })] : []),
  ];
}
