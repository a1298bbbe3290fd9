/** The kinds of entries that each section may have. */
// Tested by test/compiler/sections/keys.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Entry, SectionDeclaration } from '../syntax/ast';

const allowed: { readonly [S in SectionDeclaration['section']]: readonly Entry['kind'][] } = {
  train: ['setting', 'phase', 'given'],
  sample: ['setting', 'given'],
  export: ['setting'],
  ablation: ['case', 'setting'],
  sweep: ['axis', 'setting'],
};

const written: { readonly [K in Entry['kind']]: string } = {
  setting: 'settings (`name = value`)',
  phase: 'phases (`phase at step { … }`)',
  given: 'conditions (`given name = …`)',
  case: 'cases (`case "name" = Model(…)`)',
  axis: 'axes (`name in [a, b]`)',
};

/** Reports entries of a kind that their section does not have. */
export function checkEntries(s: SectionDeclaration): Diagnostic[] {
  const kinds = allowed[s.section];
  const known = kinds.map((k) => written[k]).join(' and ');
  return s.entries
    .filter((e) => !kinds.includes(e.kind))
    .map((e) => diagnose('section-entry', e.span, { section: s.section, entry: written[e.kind], known }));
}
