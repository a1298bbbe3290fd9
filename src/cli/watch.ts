/** `weft watch`: a local page with the curves and grids of runs, while they train and after. */
// Tested by test/watch/server.test.ts.
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { numberIn } from './option-values';

export function registerWatch(program: Command): void {
  program
    .command('watch')
    .description('show the curves and sample grids of runs on a local page, while they train and after')
    .argument('[folder]', 'a run, or a folder of runs', 'runs')
    .option('--port <n>', 'port of the page; any free one by default', numberIn({ whole: true, min: 0, max: 65535 }), 0)
    .addHelpText(
      'after',
      `
The page shows loss, loss on held-out images, gradient norm, learning rate and images per second of all runs over their steps, and the
grids that sample_every draws, with a slider over time. It looks every two seconds. Only this machine reaches it (127.0.0.1), it asks
nothing of any other, and it changes nothing. Ctrl-C ends it.

Examples:
  weft watch
  weft watch runs/first --port 8080`,
    )
    .action(watch);
}

async function watch(folder: string, { port }: { readonly port: number }): Promise<void> {
  if (!existsSync(folder))
    throw new WeftError(`${folder} does not exist.`, 'Name the folder of a run, or one that holds runs.', 2);
  const { serveRuns } = await import('../watch/server');
  const server = await serveRuns(folder, port);
  console.log(`${server.url} shows the runs in ${folder}. Ctrl-C ends it.`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await server.close();
}
