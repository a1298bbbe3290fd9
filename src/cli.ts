/** The command line: runs what the arguments say and leaves with a status that scripts can act on. */
// Tested by test/bin/bundle.test.ts.
import { main } from './cli/main';

const status = await main(process.argv.slice(2));
// Worker threads of a backend would keep the process alive; what has been written is let out first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(status)));
