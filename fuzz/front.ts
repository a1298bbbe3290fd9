/** The campaign against the front end: any text is answered in time, without an internal error. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../src/files/package-root';
import type { CampaignOptions, CampaignResult, Finding } from './campaign';
import { shippedSpecs, smallSpecs, type Seed } from './corpus';
import { Checker } from './front/checker';
import type { Question } from './front/child';
import { generate } from './front/generate';
import { minimise } from './front/minimise';
import { mutate, poolOf, type Pool } from './front/mutate';
import { generateModel } from './models/generate';
import { Random } from './random';

const minimisingTries = 300;

/** What inputs are made from. */
interface Corpus {
  readonly shipped: readonly Seed[];
  readonly small: readonly Seed[];
  readonly pool: Pool;
}

export async function fuzzFront({ seconds, seed }: CampaignOptions): Promise<CampaignResult> {
  const [shipped, small] = [shippedSpecs(), smallSpecs()];
  const corpus = { shipped, small, pool: poolOf([...shipped, ...small].map((s) => s.text)) };
  const counts = { inputs: 0, 'models built': 0, inspected: 0, told: 0, crash: 0 };
  const findings = new Map<string, Finding>();
  const checker = new Checker();
  const end = Date.now() + seconds * 1000;
  for (let i = 0; Date.now() < end; i++) {
    const question = inputOf(corpus, new Random(seed, i));
    const { kind, what } = await checker.check(question);
    counts.inputs++;
    if (question.models) counts['models built']++;
    counts[kind]++;
    const title = titleOf(what);
    if (kind !== 'crash' || findings.has(title)) continue;
    findings.set(title, { title, file: '' });
    findings.set(title, { title, file: await keep(checker, question, title, `front-${seed}-${i}`) });
  }
  checker.close();
  return { counts, findings: [...findings.values()] };
}

/** Small texts are checked whole. The models of shipped specs take seconds to build, so most are held to what needs none. */
function inputOf({ shipped, small, pool }: Corpus, random: Random): Question {
  const kind = random.next();
  const { path, text } = random.pick(kind < 0.1 ? shipped : small);
  const models = kind >= 0.1 || random.chance(0.2);
  if (kind < 0.6) return { path, text: mutate(text, pool, random), models };
  return { path, text: kind < 0.8 ? generate(random) : mutate(generateModel(random), pool, random), models };
}

/** Errors that differ only in numbers and names are one. */
function titleOf(what: string): string {
  return what.replace(/"[^"]*"|`[^`]*`|\[[^\]]*\]/g, '…').replace(/\d+/g, 'N');
}

/** Writes the input, made as small as it gets, to a file and gives its path. */
async function keep(checker: Checker, { path, text, models }: Question, title: string, name: string): Promise<string> {
  const shows = async (candidate: string): Promise<boolean> => {
    const { kind, what } = await checker.check({ path, text: candidate, models });
    return kind === 'crash' && titleOf(what) === title;
  };
  const tries = title.startsWith('takes') ? minimisingTries / 10 : minimisingTries;
  const file = join(packageRoot(), 'runs', 'fuzz', `${name}.weft`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `// As ${path}: ${title}\n${await minimise(text, shows, tries)}`);
  return file;
}
