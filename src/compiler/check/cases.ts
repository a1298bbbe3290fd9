/** The cases of studies, each built with its values. An error in a model is reported with the cases that have it. */
import { someOf } from '../diagnostics/counted';
import { diagnose, type Diagnostic, type Severity } from '../diagnostics/diagnostic';
import { Budget } from '../lower/budget';
import type { ElaborateOptions, Elaborated } from '../lower/elaborate';
import type { ModelGraph } from '../lower/model';
import { isLeftOut, sourceText, type WrittenCase, type WrittenStudy } from '../sections/study';

/** Limit for all cases of a file together, in the steps that `Budget` counts: four times what the shipped ablations take. */
const mostSpent = 300_000;
/** The most cases that one message names. */
const mostNamed = 3;

export interface BuiltCases {
  readonly diagnostics: readonly Diagnostic[];
  /** The built models, by the name of the study. */
  readonly models: ReadonlyMap<string, readonly ModelGraph[]>;
}

/** Builds the cases of all studies, equal ones only once. Builds full models for the studies in `kept`, and only checks the others. */
export function buildCases(
  studies: readonly WrittenStudy[],
  build: (c: WrittenCase, how: ElaborateOptions) => Elaborated,
  kept: ReadonlySet<string>,
): BuiltCases {
  const known = new Map<string, Elaborated>();
  const models = new Map<string, ModelGraph[]>();
  const found: FoundIn[] = [];
  const unread: Diagnostic[] = [];
  let spent = 0;
  for (const study of studies) {
    for (const [index, c] of study.cases.entries()) {
      if (spent > mostSpent) {
        const facts = { study: study.name, read: index, count: study.cases.length };
        unread.push(diagnose('cases-unread', c.span, facts));
        break;
      }
      const budget = new Budget();
      const brief = !kept.has(study.name);
      const key = `${brief}\n${writtenAs(c)}`;
      const built = known.get(key) ?? build(c, { budget, brief });
      spent += budget.spent;
      known.set(key, built);
      if (built.model) appendTo(models, study.name, built.model);
      const severity = (d: Diagnostic): Severity => (isLeftOut(study, d) ? 'warning' : d.severity);
      found.push(...built.diagnostics.map((d) => ({ d: { ...d, severity: severity(d) }, study, c })));
    }
  }
  return { diagnostics: [...byPlace(found), ...unread], models };
}

interface FoundIn {
  readonly d: Diagnostic;
  readonly study: WrittenStudy;
  readonly c: WrittenCase;
}

/** The model and the values of a case, as text. */
function writtenAs({ base, args }: WrittenCase): string {
  return [base.name, ...args.map((a) => `${a.name?.name}: ${sourceText(a.value)}`)].join('\n');
}

/** Merges equal reports from several cases and adds the cases' names, unless the report is at a place inside the case. */
function byPlace(found: readonly FoundIn[]): Diagnostic[] {
  const groups = new Map<string, FoundIn[]>();
  for (const f of found) {
    const { code, severity, span, message } = f.d;
    const key = `${code} ${severity} ${span.source.path} ${span.start} ${message}`;
    appendTo(groups, key, f);
  }
  return [...groups.values()].map((group) => {
    const [{ d, study, c }] = group;
    if (isWrittenIn(c, d)) return d;
    const names = [...new Set(group.filter((f) => f.study === study).map((f) => `"${f.c.name}"`))];
    const cases = `${names.length > 1 ? 'cases' : 'case'} ${someOf(names, mostNamed)}`;
    return { ...d, related: [...d.related, { span: c.span, message: `in ${cases} of ${study.name}, called here` }] };
  });
}

/** Without a copy, since a study may have a case in every line of a long text. */
function appendTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

function isWrittenIn({ span: own }: WrittenCase, { span }: Diagnostic): boolean {
  return own.source === span.source && own.start <= span.start && span.end <= own.end;
}
