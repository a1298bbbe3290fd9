/** `weft doctor`: says which parts of this machine Weft can use, and how to fix the others. */
// Tested by test/setup/doctor.test.ts.
import type { Command } from 'commander';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what this machine offers: backend, TensorFlow, threads, memory, ONNX Runtime')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      `
Exit status 3 when something is missing that Weft needs.

Examples:
  weft doctor
  weft doctor --json | jq -r .backend`,
    )
    .action(doctor);
}

async function doctor(options: { json?: boolean }): Promise<void> {
  const [{ diagnoseEnvironment }, { renderDoctorJson, renderDoctorText }] = await Promise.all([
    import('../setup/doctor'),
    import('../setup/render-doctor'),
  ]);
  const report = diagnoseEnvironment();
  console.log(options.json ? renderDoctorJson(report) : renderDoctorText(report));
  if (report.findings.some((f) => f.status === 'missing')) process.exitCode = 3;
}
