/** Patterns of `freeze` name weights that a recipe's model has, and leave some to train. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { suggest } from '../diagnostics/suggest';
import type { ModelGraph } from '../lower/model';
import { matchesLabel } from '../programs/freeze';
import type { SectionDeclaration } from '../syntax/ast';
import { itemsOf } from '../syntax/items';

/** What is wrong with `freeze` in a train section of `model`. */
export function checkFreeze(section: SectionDeclaration, model: ModelGraph): Diagnostic[] {
  const setting = section.entries.find((e) => e.kind === 'setting' && e.path[0].name === 'freeze');
  if (setting?.kind !== 'setting') return [];
  const { value } = setting;
  const patterns = itemsOf(value).flatMap((e) => (e.kind === 'string' ? [e] : []));
  const paths = model.weights.map((w) => w.leaf.name);
  const idle = patterns.filter((p) => !paths.some((path) => matchesLabel(p.value, path)));
  const isFrozen = (path: string): boolean => patterns.some((p) => matchesLabel(p.value, path));
  const labels = new Set(paths.flatMap(prefixes));
  const all = idle.length === 0 && patterns.length > 0 && paths.every(isFrozen);
  return [
    ...idle.map((p) => {
      const suggestion = suggest(p.value, labels).join(' or ');
      const known = [...new Set(paths.map((path) => path.split('.')[0]))].join(', ');
      return diagnose('freeze-label', p.span, { model: model.name, label: p.value, suggestion, known });
    }),
    ...(all ? [diagnose('freeze-all', value.span, { model: model.name })] : []),
  ];
}

/** `a.b.c` lies under `a` and `a.b`. */
function prefixes(path: string): string[] {
  const words = path.split('.');
  return words.map((_, i) => words.slice(0, i + 1).join('.'));
}
