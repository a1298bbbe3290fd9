/** The campaign against damage: a file that has changed is refused, mended or told, and never taken for what it was. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../src/files/package-root';
import type { CampaignOptions, CampaignResult, Finding } from './campaign';
import { Random } from './random';
import type { Answer, Question } from './run-files/child';
import { damage } from './run-files/damage';
import { fileKinds } from './run-files/file-kinds';
import type { FileKind, Found } from './run-files/kinds/kind';
import { Worker, type Silence } from './worker';

/** What came of a damaged file. The last two must not be. */
type Outcome = 'refused' | 'unharmed' | 'told' | 'other numbers' | 'silent' | 'crash';

type Reader = Worker<Question, Answer>;

export async function fuzzFiles({ seconds, seed }: CampaignOptions): Promise<CampaignResult> {
  const home = mkdtempSync(join(tmpdir(), 'weft-files-'));
  const counts: { [what: string]: number } = { files: 0, refused: 0, unharmed: 0, told: 0, 'other numbers': 0 };
  const findings = new Map<string, Finding>();
  const reader: Reader = new Worker({ file: 'fuzz/run-files/child.ts', patience: 120 });
  try {
    const subjects: Subject[] = [];
    for (const kind of fileKinds) subjects.push(await subjectOf(reader, kind, join(home, `kind-${subjects.length}`)));
    const end = Date.now() + seconds * 1000;
    for (let i = 0; Date.now() < end; i++) {
      const subject = subjects[i % subjects.length];
      const { outcome, what, path } = await damageOne(reader, subject, join(home, 'damaged'), new Random(seed, i));
      counts.files++;
      counts[subject.kind.name] = (counts[subject.kind.name] ?? 0) + 1;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      if (outcome !== 'silent' && outcome !== 'crash') continue;
      const title = `${subject.kind.name}: ${outcome}, ${path.replace(/.*\//, '')}`;
      if (!findings.has(title)) findings.set(title, { title, file: keep(home, path, what, `files-${seed}-${i}`) });
    }
  } finally {
    reader.close();
    rmSync(home, { recursive: true, force: true });
  }
  return { counts, findings: [...findings.values()] };
}

interface Subject {
  readonly kind: FileKind;
  readonly folder: string;
  /** What is read from the sound files. */
  readonly sound: Found;
  /** What is said of them. */
  readonly notes: ReadonlySet<string>;
}

async function subjectOf(reader: Reader, kind: FileKind, folder: string): Promise<Subject> {
  await kind.make(folder);
  const copy = `${folder}-read`;
  cpSync(folder, copy, { recursive: true });
  const answer = await reader.ask({ kind: kind.name, folder: copy });
  if (typeof answer === 'string' || answer.kind !== 'read')
    throw new Error(`sound ${kind.name} are not read: ${JSON.stringify(answer)}`);
  return { kind, folder, sound: answer.found, notes: new Set(answer.told) };
}

async function damageOne(
  reader: Reader,
  subject: Subject,
  copy: string,
  random: Random,
): Promise<{ outcome: Outcome; what: string; path: string }> {
  const { kind, folder } = subject;
  rmSync(copy, { recursive: true, force: true });
  cpSync(folder, copy, { recursive: true });
  const files = kind.files(copy);
  const path = join(copy, random.pick(files));
  const what = damage(kind.damage, path, random, join(copy, random.pick(files)));
  const answer = await reader.ask({ kind: kind.name, folder: copy });
  return { outcome: outcomeOf(subject, answer), what: `${what}: ${JSON.stringify(answer)}`, path };
}

function outcomeOf({ sound, notes }: Subject, answer: Answer | Silence): Outcome {
  if (typeof answer === 'string' || answer.kind === 'crash') return 'crash';
  if (answer.kind === 'refused') return 'refused';
  const { found, told } = answer;
  if (told.some((message) => !notes.has(message))) return 'told';
  if (found.all === sound.all) return 'unharmed';
  return found.form === sound.form ? 'other numbers' : 'silent';
}

/** Keeps the damaged folder's file, and what was done to it. */
function keep(home: string, path: string, what: string, name: string): string {
  const folder = join(packageRoot(), 'runs', 'fuzz', name);
  const file = join(folder, path.slice(home.length + 1));
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(path)) cpSync(path, file);
  writeFileSync(join(folder, 'damage.txt'), `${what}\n`);
  return file;
}
