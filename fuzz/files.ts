/** The campaign against damage: a file that has changed is refused, mended or told, and never taken for what it was. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { WeftError } from '../src/compiler/diagnostics/diagnostic';
import { packageRoot } from '../src/files/package-root';
import type { CampaignOptions, CampaignResult, Finding } from './campaign';
import { Random } from './random';
import { damage } from './run-files/damage';
import { fileKinds, type FileKind } from './run-files/file-kinds';

/** What came of a damaged file. The last two must not be. */
type Outcome = 'refused' | 'unharmed' | 'told' | 'silent' | 'crash';

export async function fuzzFiles({ seconds, seed }: CampaignOptions): Promise<CampaignResult> {
  const home = mkdtempSync(join(tmpdir(), 'weft-files-'));
  const counts: { [what: string]: number } = { files: 0, refused: 0, unharmed: 0, told: 0 };
  const findings = new Map<string, Finding>();
  try {
    const subjects: Subject[] = [];
    for (const kind of fileKinds) subjects.push(await subjectOf(kind, join(home, kind.name)));
    const end = Date.now() + seconds * 1000;
    for (let i = 0; Date.now() < end; i++) {
      const subject = subjects[i % subjects.length];
      const { outcome, what, path } = await damageOne(subject, join(home, 'damaged'), new Random(seed, i));
      counts.files++;
      counts[subject.kind.name] = (counts[subject.kind.name] ?? 0) + 1;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      if (outcome !== 'silent' && outcome !== 'crash') continue;
      const title = `${subject.kind.name}: ${outcome}, ${path.replace(/.*\//, '')}`;
      if (!findings.has(title)) findings.set(title, { title, file: keep(home, path, what, `files-${seed}-${i}`) });
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  return { counts, findings: [...findings.values()] };
}

interface Subject {
  readonly kind: FileKind;
  readonly folder: string;
  /** What is read from the sound files. */
  readonly sound: string;
  /** What is said of them. */
  readonly notes: ReadonlySet<string>;
}

async function subjectOf(kind: FileKind, folder: string): Promise<Subject> {
  await kind.make(folder);
  const copy = `${folder}-read`;
  cpSync(folder, copy, { recursive: true });
  const notes = new Set<string>();
  const sound = await kind.read(copy, (message) => notes.add(message));
  return { kind, folder, sound, notes };
}

async function damageOne(
  { kind, folder, sound, notes }: Subject,
  copy: string,
  random: Random,
): Promise<{ outcome: Outcome; what: string; path: string }> {
  rmSync(copy, { recursive: true, force: true });
  cpSync(folder, copy, { recursive: true });
  const files = kind.files(copy);
  const path = join(copy, random.pick(files));
  const what = damage(kind.damage, path, random, join(copy, random.pick(files)));
  const warnings: string[] = [];
  try {
    const found = await kind.read(copy, (message) => notes.has(message) || warnings.push(message));
    const outcome = found === sound ? 'unharmed' : warnings.length > 0 ? 'told' : 'silent';
    return { outcome, what, path };
  } catch (error) {
    if (error instanceof WeftError) return { outcome: 'refused', what, path };
    return { outcome: 'crash', what: `${what}: ${(error as Error).stack}`, path };
  }
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
