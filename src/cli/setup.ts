/** `weft setup`: sets up the native TensorFlow backend, or PyTorch. */
// Tested by test/setup/setup.test.ts.
import type { Command } from 'commander';

export function registerSetup(program: Command): void {
  program
    .command('setup')
    .description('set up the native TensorFlow that training runs on; safe to repeat')
    .option(
      '--pytorch',
      'set up PyTorch instead, for --engine pytorch: an environment in the cache (about 6 GB on Linux)',
    )
    .option('--no-download', 'use what is on this machine, fetch nothing')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
A library named by WEFT_TENSORFLOW or an installed Python TensorFlow is used; otherwise one is downloaded with pip into
the user's cache. Without any of these, training runs on the portable backend (wasm), several times slower.

--pytorch installs PyTorch from PyPI beside the machine's Python, whose packages stay as they are. A Python that WEFT_PYTHON names, or
that has PyTorch already, is used as it is.

Examples:
  weft setup
  weft setup --pytorch
  weft setup --no-download
  WEFT_TENSORFLOW=/opt/tensorflow weft setup`,
    )
    .action(runSetupCommand);
}

async function runSetupCommand(options: { pytorch?: boolean; download: boolean; json?: boolean }): Promise<void> {
  const { streamProgress } = await import('../setup/progress');
  const how = { progress: streamProgress(), download: options.download };
  if (options.pytorch) {
    const { setUpPyTorch } = await import('../setup/setup-pytorch');
    const report = await setUpPyTorch(how);
    return console.log(
      options.json ? JSON.stringify(report, null, 2) : `PyTorch ${report.torch} in ${report.python} is ready.`,
    );
  }
  const { renderSetup, runSetup } = await import('../setup/setup');
  const report = await runSetup(how);
  console.log(options.json ? JSON.stringify(report, null, 2) : renderSetup(report));
}
