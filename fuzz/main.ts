/** `npm run fuzz -- CAMPAIGN`: random inputs for a time, with what went wrong made small and kept. */
import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { packageRoot } from '../src/files/package-root';
import type { Campaign, CampaignOptions, CampaignResult } from './campaign';
import { fuzzDifferential } from './differential';
import { fuzzFiles } from './files';
import { fuzzFront } from './front';
import { fuzzGradients } from './gradients';
import { fuzzKill, fuzzKillShared } from './kill';
import { fuzzLarge } from './large';

/** Each is one file, and leaves with the status 1 when it finds something. */
const campaigns: { readonly [name: string]: Campaign } = {
  front: fuzzFront,
  differential: fuzzDifferential,
  gradients: fuzzGradients,
  kill: fuzzKill,
  'kill-shared': fuzzKillShared,
  files: fuzzFiles,
  large: fuzzLarge,
};

const usage = `usage: npm run fuzz -- ${Object.keys(campaigns).join('|')} [--seconds N] [--seed S] [--jobs J]`;

function misuse(problem: string): never {
  console.error(`${problem}\n${usage}`);
  process.exit(2);
}

/** `jobs` processes run the campaign at once, each with a seed of its own: `seed` and those after it. */
function readArguments(): CampaignOptions & { campaign: Campaign; name: string; jobs: number } {
  const options = {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
  } as const;
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [name = '', ...more] = positionals;
    const campaign = Object.hasOwn(campaigns, name) ? campaigns[name] : null;
    const [seconds, seed, jobs] = [values.seconds, values.seed, values.jobs].map(Number);
    if (!campaign || more.length > 0) misuse(name ? `There is no campaign \`${positionals.join(' ')}\`.` : 'Name one.');
    if (!(seconds > 0)) misuse('--seconds wants a number above 0.');
    if (!Number.isSafeInteger(seed)) misuse('--seed wants a whole number.');
    if (!(Number.isSafeInteger(jobs) && jobs > 0)) misuse('--jobs wants a whole number above 0.');
    return { campaign, name, seconds, seed, jobs };
  } catch (error) {
    return misuse((error as Error).message);
  }
}

/** The campaign in a process of its own. */
function runApart(name: string, { seconds, seed }: CampaignOptions): Promise<CampaignResult> {
  const args = ['fuzz/main.ts', name, '--seconds', String(seconds), '--seed', String(seed)];
  const child = fork(join(packageRoot(), 'scripts', 'run-ts.mjs'), args, { cwd: packageRoot(), silent: true });
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as CampaignResult));
    child.once('exit', (status) => reject(new Error(`The campaign with seed ${seed} ended with ${status}.`)));
  });
}

/** The results of several seeds as one. */
function together(results: readonly CampaignResult[]): CampaignResult {
  const counts: { [what: string]: number } = {};
  for (const [what, n] of results.flatMap((r) => Object.entries(r.counts))) counts[what] = (counts[what] ?? 0) + n;
  const findings = new Map(results.flatMap((r) => r.findings).map((f) => [f.title, f]));
  return { counts, findings: [...findings.values()], notes: results.flatMap((r) => r.notes ?? []) };
}

const { campaign, name, jobs, ...options } = readArguments();
const seeds = Array.from({ length: jobs }, (_, i) => options.seed + i);
const result =
  jobs === 1
    ? await campaign(options)
    : together(await Promise.all(seeds.map((seed) => runApart(name, { ...options, seed }))));
if (process.send) process.send(result, () => process.disconnect());
const { counts, findings, notes = [] } = result;
const rows = Object.entries(counts).map(([what, n]) => `  ${what.padEnd(24)} ${n}`);
console.log([`${name}, seed ${seeds.join(', ')}`, ...rows, ...notes.map((note) => `  ${note}`)].join('\n'));
for (const { title, file } of findings) console.log(`  found: ${title}\n         ${file}`);
if (findings.length > 0) process.exitCode = 1;
