/** `weft setup`: sets up the native TensorFlow backend. */
// Tested by test/setup/setup.test.ts.
import type { Command } from 'commander';

export function registerSetup(program: Command): void {
  program
    .command('setup')
    .description('set up the native TensorFlow that training runs on; safe to repeat')
    .option('--no-download', 'use what is on this machine, fetch nothing')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
A library named by WEFT_TENSORFLOW or an installed Python TensorFlow is used; otherwise one is downloaded with pip into
the user's cache. Without any of these, training runs on the portable backend (wasm), several times slower.

Examples:
  weft setup
  weft setup --no-download
  WEFT_TENSORFLOW=/opt/tensorflow weft setup`,
    )
    .action(runSetupCommand);
}

async function runSetupCommand(options: { download: boolean; json?: boolean }): Promise<void> {
  const [{ renderSetup, runSetup }, { streamProgress }] = await Promise.all([
    import('../setup/setup'),
    import('../setup/progress'),
  ]);
  const report = await runSetup({ progress: streamProgress(), download: options.download });
  if (options.json) console.log(JSON.stringify(report, null, 2));
  else console.log(renderSetup(report));
}
