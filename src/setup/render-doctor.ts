/** Formats a doctor's report for people and for programs. */
// Tested by test/setup/doctor.test.ts.
import type { DoctorReport, Status } from './doctor';

const marks: { readonly [S in Status]: string } = { ok: 'ok     ', missing: 'MISSING', optional: '-      ' };

/** One line per finding, with the fix below it, and the backend in use at the end. */
export function renderDoctorText(report: DoctorReport): string {
  const width = Math.max(...report.findings.map((f) => f.name.length));
  const lines = report.findings.flatMap((f) => {
    const line = `${marks[f.status]}  ${f.name.padEnd(width)}  ${f.detail}`;
    return f.fix ? [line, `${' '.repeat(width + 11)}${f.fix}`] : [line];
  });
  const portable = 'Programs run on tfjs (portable).';
  return [...lines, '', report.backend === 'tensorflow' ? 'Programs run on TensorFlow.' : portable].join('\n');
}

export function renderDoctorJson(report: DoctorReport): string {
  return JSON.stringify(report, null, 2);
}
