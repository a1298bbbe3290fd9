/** The costs of a study as a table for people. */
// Tested by test/compiler/sections/study.test.ts.
import { aligned } from './render';
import { gibibytes, giga, type StudyReport, type StudyRow } from './study';

/** One line for each case; below the table, why some cases cannot be built or trained and what would help. */
export function renderStudy(report: StudyReport): string {
  const header = ['case', 'parameters', 'GFLOPs', 'training', 'recomputed', ''];
  const table = aligned([header, ...report.rows.map(cells)], 1);
  const problems = report.rows.flatMap((r) =>
    r.problem === null ? [] : [`  ${r.name}: ${r.problem}${r.fix ? `; ${r.fix}` : ''}`],
  );
  const title = report.doc ? `${report.kind} ${report.name}: ${report.doc}` : `${report.kind} ${report.name}`;
  return [title, '', ...table, ...(problems.length > 0 ? ['', ...problems] : [])].join('\n');
}

function cells(r: StudyRow): string[] {
  if (!r.costs || !r.memory) return [r.name, '', '', '', '', 'cannot be built'];
  return [
    r.name,
    r.costs.parameters.toLocaleString('en-US'),
    giga(r.costs.flops),
    gibibytes(r.memory.total),
    r.memory.totalRecomputed === null ? '' : gibibytes(r.memory.totalRecomputed),
    r.problem === null ? '' : 'cannot be trained',
  ];
}
