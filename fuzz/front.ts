/** The campaign against the front end: any text is answered in time, without an internal error. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../src/files/package-root';
import type { CampaignOptions, CampaignResult, Finding } from './campaign';
import { shippedSpecs } from './corpus';
import { Checker } from './front/checker';
import type { Question } from './front/child';
import { generate } from './front/generate';
import { minimise } from './front/minimise';
import { mutate, poolOf } from './front/mutate';
import { Random } from './random';

const minimisingTries = 300;

export async function fuzzFront({ seconds, seed }: CampaignOptions): Promise<CampaignResult> {
  const specs = shippedSpecs();
  const pool = poolOf(specs.map((s) => s.text));
  const counts = { inputs: 0, clean: 0, told: 0, crash: 0 };
  const findings = new Map<string, Finding>();
  const checker = new Checker();
  const end = Date.now() + seconds * 1000;
  for (let i = 0; Date.now() < end; i++) {
    const random = new Random(seed, i);
    const spec = random.pick(specs);
    const text = random.chance(0.5) ? generate(random) : mutate(spec.text, pool, random);
    const { kind, what } = await checker.check({ path: spec.path, text });
    counts.inputs++;
    counts[kind]++;
    const title = titleOf(what);
    if (kind !== 'crash' || findings.has(title)) continue;
    findings.set(title, { title, file: '' });
    const file = await keep(checker, { path: spec.path, text }, title, `front-${seed}-${i}`);
    findings.set(title, { title, file });
  }
  checker.close();
  return { counts, findings: [...findings.values()] };
}

/** Errors that differ only in numbers and names are one. */
function titleOf(what: string): string {
  return what.replace(/"[^"]*"|`[^`]*`|\[[^\]]*\]/g, '…').replace(/\d+/g, 'N');
}

/** Writes the input, made as small as it gets, to a file and gives its path. */
async function keep(checker: Checker, { path, text }: Question, title: string, name: string): Promise<string> {
  const shows = async (candidate: string): Promise<boolean> => {
    const { kind, what } = await checker.check({ path, text: candidate });
    return kind === 'crash' && titleOf(what) === title;
  };
  const tries = title.startsWith('takes') ? minimisingTries / 10 : minimisingTries;
  const file = join(packageRoot(), 'runs', 'fuzz', `${name}.weft`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `// As ${path}: ${title}\n${await minimise(text, shows, tries)}`);
  return file;
}
