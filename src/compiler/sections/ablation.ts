/** `ablation name { case "…" = Model(…) }`: models to compare, each with its own name. */
// Tested by test/compiler/sections/study.test.ts.
import { diagnose } from '../diagnostics/diagnostic';
import type { CaseEntry, SectionDeclaration } from '../syntax/ast';
import type { SettingReader } from './schema';
import { sharedArguments, sourceText, type WrittenCase, type WrittenStudy } from './study';

export function readAblation(reader: SettingReader, s: SectionDeclaration): WrittenStudy | null {
  const shared = sharedArguments(s.entries);
  const entries = s.entries.filter((e): e is CaseEntry => e.kind === 'case');
  const cases = entries.flatMap((e): WrittenCase[] => {
    const call = e.value.kind === 'call' ? e.value : null;
    const callee = call ? call.callee : e.value;
    if (callee.kind === 'name') {
      return [
        {
          name: e.name.value,
          span: e.value.span,
          base: { name: callee.name, span: callee.span },
          args: [...shared, ...(call?.args ?? [])],
        },
      ];
    }
    if (e.value.kind !== 'missing') {
      reader.report(diagnose('case-not-model', e.value.span, { name: e.name.value, found: sourceText(e.value) }));
    }
    return [];
  });
  if (entries.length === 0) {
    const facts = { section: 'ablation', setting: 'case', example: 'case "narrow" = Model(width: 384)' };
    reader.report(diagnose('missing-setting', s.name?.span ?? s.span, facts));
  }
  return { kind: 'ablation', name: s.name?.name ?? 'ablation', doc: s.doc, cases };
}
