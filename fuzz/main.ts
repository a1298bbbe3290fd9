/** `npm run fuzz -- CAMPAIGN`: random inputs for a time, with what went wrong made small and kept. */
import { parseArgs } from 'node:util';
import type { Campaign } from './campaign';
import { fuzzDifferential } from './differential';
import { fuzzFiles } from './files';
import { fuzzFront } from './front';
import { fuzzGradients } from './gradients';
import { fuzzKill } from './kill';

/** Each is one file, and leaves with the status 1 when it finds something. */
const campaigns: { readonly [name: string]: Campaign } = {
  front: fuzzFront,
  differential: fuzzDifferential,
  gradients: fuzzGradients,
  kill: fuzzKill,
  files: fuzzFiles,
};

const usage = `usage: npm run fuzz -- ${Object.keys(campaigns).join('|')} [--seconds N] [--seed S]`;

function misuse(problem: string): never {
  console.error(`${problem}\n${usage}`);
  process.exit(2);
}

function readArguments(): { campaign: Campaign; name: string; seconds: number; seed: number } {
  const options = { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } } as const;
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [name = '', ...more] = positionals;
    const campaign = Object.hasOwn(campaigns, name) ? campaigns[name] : null;
    const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
    if (!campaign || more.length > 0) misuse(name ? `There is no campaign \`${positionals.join(' ')}\`.` : 'Name one.');
    if (!(seconds > 0)) misuse('--seconds wants a number above 0.');
    if (!Number.isSafeInteger(seed)) misuse('--seed wants a whole number.');
    return { campaign, name, seconds, seed };
  } catch (error) {
    return misuse((error as Error).message);
  }
}

const { campaign, name, ...options } = readArguments();
const { counts, findings } = await campaign(options);
const rows = Object.entries(counts).map(([what, n]) => `  ${what.padEnd(24)} ${n}`);
console.log([`${name}, seed ${options.seed}`, ...rows].join('\n'));
for (const { title, file } of findings) console.log(`  found: ${title}\n         ${file}`);
if (findings.length > 0) process.exitCode = 1;
