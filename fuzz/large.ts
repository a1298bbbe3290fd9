/** The campaign of large texts: `weft check` of a megabyte of one thing over and over, each in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Source } from '../src/compiler/source';
import { mostTokens } from '../src/compiler/syntax/parse';
import { tokenize } from '../src/compiler/syntax/tokenize';
import { packageRoot } from '../src/files/package-root';
import type { CampaignOptions, CampaignResult, Finding } from './campaign';
import { timeLimit } from './front/checker';
import { largeInputs, longModelInputs } from './front/large';
import { Random } from './random';

/** Characters of a text. */
const size = 1_000_000;
/** Of memory that the whole process may hold. */
const mostMegabytes = 1024;
/** Times the limit after which a process that has not ended is ended, however little of the processor it is given. */
const mostWaiting = 60;

interface Usage {
  /** Of the processor, in the program and in the system. */
  readonly seconds: number;
  /** The most that was resident at once. */
  readonly megabytes: number;
}

interface Outcome extends Usage {
  readonly status: number | null;
  /** What it printed on stderr, or its beginning. */
  readonly said: string;
}

/** Takes every text once, in an order that the seed draws, and ends before where the time is over. */
export async function fuzzLarge({ seconds, seed }: CampaignOptions): Promise<CampaignResult> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-large-'));
  const random = new Random(seed, 0);
  const inputs = { ...largeInputs, ...longModelInputs };
  const names = Object.keys(inputs)
    .map((name) => [random.next(), name] as const)
    .sort(([a], [b]) => a - b);
  const findings: Finding[] = [];
  const outcomes: (readonly [string, Outcome])[] = [];
  try {
    // Makes the bundle of the command line, which no text should pay for.
    await check(folder, '');
    const end = Date.now() + seconds * 1000;
    for (const [, name] of names) {
      if (Date.now() >= end) break;
      for (const [what, text] of textsOf(name, inputs[name])) {
        const outcome = await check(folder, text);
        outcomes.push([what, outcome]);
        if (process.stderr.isTTY || process.env.WEFT_DEBUG)
          console.error(`${what}: ${outcome.seconds.toFixed(1)} s, ${outcome.megabytes.toFixed(0)} MB`);
        const problem = problemOf(outcome);
        if (problem !== null) findings.push({ title: `${what} ${problem}`, file: keep(what, text) });
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const found = outcomes.map(([, { status }]) => status);
  const counts = {
    inputs: found.length,
    sound: found.filter((s) => s === 0).length,
    told: found.filter((s) => s === 1).length,
  };
  return { counts, findings, notes: [most(outcomes, 'seconds', 's'), most(outcomes, 'megabytes', 'MB')] };
}

/** The text of a kind; where it has too many words and signs, which ends a check early, also the longest that has not. */
function textsOf(name: string, make: (size: number) => string): (readonly [string, string])[] {
  const text = make(size);
  const tokens = countTokens(text);
  if (tokens <= mostTokens) return [[name, text]];
  let length = Math.floor((size * mostTokens) / tokens);
  while (countTokens(make(length)) > mostTokens) length = Math.floor(0.98 * length);
  return [
    [name, text],
    [`${name}, within the limits`, make(length)],
  ];
}

function countTokens(text: string): number {
  return tokenize(new Source('large.weft', text)).tokens.length;
}

/** `weft check` of a text, by itself. */
function check(folder: string, text: string): Promise<Outcome> {
  const file = join(folder, 'large.weft');
  writeFileSync(file, text);
  const preload = join(packageRoot(), 'fuzz', 'front', 'usage.mjs');
  const child = spawn(process.execPath, ['--import', preload, 'bin/weft.js', 'check', file], {
    cwd: packageRoot(),
    env: { ...process.env, XDG_CACHE_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const read = { said: '', usage: '' };
  child.stderr?.on('data', (part: Buffer) => (read.said += part.toString().slice(0, 1000)));
  child.stdio[3]?.on('data', (part: Buffer) => (read.usage += part.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), mostWaiting * timeLimit * 1000);
  return new Promise((resolve) => {
    child.once('close', (status) => {
      clearTimeout(timer);
      // A process that was killed has said nothing.
      const usage = read.usage === '' ? { seconds: Infinity, megabytes: Infinity } : (JSON.parse(read.usage) as Usage);
      resolve({ status, said: read.said, ...usage });
    });
  });
}

/** What must not be, as the end of a sentence; null where all is well. */
function problemOf({ status, said, seconds, megabytes }: Outcome): string | null {
  if (status === null || (status !== 0 && status !== 1)) return `end the process with ${status}`;
  if (said.includes('error: internal: ')) return 'are an internal error';
  if (seconds > timeLimit) return `take ${seconds.toFixed(1)} s, more than ${timeLimit}`;
  return megabytes > mostMegabytes ? `take ${megabytes.toFixed(0)} MB, more than ${mostMegabytes}` : null;
}

function keep(name: string, text: string): string {
  const file = join(packageRoot(), 'runs', 'fuzz', `large-${name.replace(/\W+/g, '-')}.weft`);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** The three texts that took most of something. */
function most(outcomes: readonly (readonly [string, Outcome])[], what: keyof Usage, unit: string): string {
  const sorted = [...outcomes].sort(([, a], [, b]) => b[what] - a[what]);
  return `most ${what}: ${sorted
    .slice(0, 3)
    .map(([name, outcome]) => `${name} ${outcome[what].toFixed(1)} ${unit}`)
    .join('; ')}`;
}
