/** The campaign against interruptions: runs are killed at any moment, inside saves too, and must go on to the same last bit. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackendName } from '../src/backends/session';
import { packageRoot } from '../src/files/package-root';
import { isNativeAvailable } from '../src/setup/native';
import { runPaths } from '../src/train/run-folder';
import type { CampaignOptions, CampaignResult, Finding } from './campaign';
import { Random } from './random';
import { afterPowerCut, canCutPower, Disk } from './run-files/power-cut';
import { leftoversIn, Watch } from './run-files/soundness';
import { differenceOf, makeSubject, startTraining, tracesOf, type Traces, type Training } from './run-files/subject';

/** What a run is stopped by. The last three are asked for and save first. */
const signals = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Backends of runs: compiling a train step anew after every kill takes TensorFlow several times as long. */
const backends: readonly BackendName[] = isNativeAvailable() ? ['tfjs', 'tfjs', 'tfjs', 'tensorflow'] : ['tfjs'];

/** Cuts of one run, each of which is gone on with. */
const cutsOfRun = 4;

/** When: while it starts, between steps, or as soon as a half-written checkpoint is seen. */
const moments = ['starting', 'training', 'saving'] as const;

export async function fuzzKill({ seconds, seed }: CampaignOptions): Promise<CampaignResult> {
  const home = mkdtempSync(join(tmpdir(), 'weft-kill-'));
  const campaign = new KillCampaign(home, await makeSubject(home), seed, Date.now() + seconds * 1000);
  try {
    return await campaign.run();
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** A power cut. */
interface Cut {
  /** What was on the disk. */
  readonly folder: string;
  /** What was wrong with the run before; null where all was well. */
  readonly torn: string | null;
  /** Steps whose checkpoint the run had finished writing. */
  readonly safe: number;
}

class KillCampaign {
  private readonly counts = { runs: 0, kills: 0, 'inside saves': 0, 'before a step': 0, resumes: 0, 'power cuts': 0 };
  private readonly findings = new Map<string, Finding>();
  private readonly wholes = new Map<BackendName, Traces>();

  constructor(
    private readonly home: string,
    private readonly spec: string,
    private readonly seed: number,
    private readonly end: number,
  ) {}

  async run(): Promise<CampaignResult> {
    const cutsPower = canCutPower(this.home);
    for (let i = 0; this.goesOn; i++) {
      const random = new Random(this.seed, i);
      const backend = random.pick(backends);
      const out = join(this.home, `run-${i}`);
      const problem =
        cutsPower && i % 2 === 0
          ? await this.cutPower(out, backend, random)
          : await this.killOften(out, backend, random);
      this.counts.runs++;
      if (problem) this.keep(problem, out, i, backend);
      rmSync(out, { recursive: true, force: true });
    }
    return { counts: this.counts, findings: [...this.findings.values()] };
  }

  private get goesOn(): boolean {
    return Date.now() < this.end;
  }

  /** Kills a run until it is done or the time is up; what went wrong. */
  private async killOften(out: string, backend: BackendName, random: Random): Promise<string | null> {
    const watch = new Watch(out);
    while (this.goesOn) {
      const resume = existsSync(runPaths(out).record);
      if (resume) this.counts.resumes++;
      const training = startTraining(this.spec, out, backend, resume);
      const moment = random.pick(moments);
      const signal = random.pick(signals);
      const killed = await this.killAt(training, moment, signal, out, random);
      const problem = (await watch.problem()) ?? endProblem(await training.ended, killed, training.text());
      if (problem) return problem;
      if (!killed) return this.compare(out, backend);
    }
    return null;
  }

  /** Whether the process was killed, rather than left by itself. */
  private async killAt(
    { child, text, ended }: Training,
    moment: (typeof moments)[number],
    signal: NodeJS.Signals,
    out: string,
    random: Random,
  ): Promise<boolean> {
    const done = ended.then(() => true);
    const over = (ms: number): Promise<boolean> => Promise.race([done, pause(ms).then(() => false)]);
    if (moment === 'starting') await over(random.below(3000));
    else {
      while (!text().includes('First step done') && !(await over(2)));
      if (moment === 'training') await over(random.below(600));
      const { checkpoints } = runPaths(out);
      if (moment === 'saving') while (!isSaving(checkpoints) && !(await over(0)));
    }
    if (child.exitCode !== null || child.signalCode !== null || !child.kill(signal)) return false;
    this.counts.kills++;
    if (!text().includes('First step done')) this.counts['before a step']++;
    else if (isSaving(runPaths(out).checkpoints)) this.counts['inside saves']++;
    return (await ended) !== 0;
  }

  private async compare(out: string, backend: BackendName): Promise<string | null> {
    const left = leftoversIn(out);
    if (left.length > 0) return `left behind: ${left.join(', ')}`;
    const difference = differenceOf(await tracesOf(out), await this.whole(backend));
    return difference && `${difference} are not those of a run that was never stopped`;
  }

  /** What a run leaves that is never stopped. */
  private async whole(backend: BackendName): Promise<Traces> {
    const known = this.wholes.get(backend);
    if (known) return known;
    const out = join(this.home, `whole-${backend}`);
    const training = startTraining(this.spec, out, backend, false);
    if ((await training.ended) !== 0) throw new Error(`a run that nobody stopped failed: ${training.text()}`);
    const traces = await tracesOf(out);
    this.wholes.set(backend, traces);
    return traces;
  }

  /** Cuts the power of the disk that a run is written to, several times, and goes on with each of what comes back. */
  private async cutPower(out: string, backend: BackendName, random: Random): Promise<string | null> {
    for (const [i, cut] of (await this.cutsOf(`${out}-disk`, backend, random)).entries()) {
      if (i > 0 && !this.goesOn) return null;
      this.counts['power cuts']++;
      cpSync(cut.folder, out, { recursive: true });
      const problem = cut.torn ?? (await this.problemAfter(out, cut.safe, backend));
      if (problem) return `after a power cut: ${problem}`;
      rmSync(out, { recursive: true, force: true });
      rmSync(cut.folder, { recursive: true, force: true });
    }
    return null;
  }

  /** What is on the disk of a run at some moments while it trains. */
  private async cutsOf(home: string, backend: BackendName, random: Random): Promise<Cut[]> {
    const cuts: Cut[] = [];
    const disk = new Disk(home);
    disk.mount();
    const run = join(disk.mounted, 'run');
    const training = startTraining(this.spec, run, backend, false);
    try {
      const { checkpoints } = runPaths(run);
      while (!existsSync(checkpoints) && training.child.exitCode === null) await pause(5);
      while (cuts.length < cutsOfRun && training.child.exitCode === null && this.goesOn) {
        await Promise.race([training.ended, pause(random.below(400))]);
        training.child.kill('SIGSTOP');
        const watch = new Watch(run);
        const torn = await watch.problem();
        const folder = `${home}-cut-${cuts.length}`;
        afterPowerCut(disk, 'run', folder);
        training.child.kill('SIGCONT');
        cuts.push({ folder, torn, safe: watch.step });
      }
    } finally {
      training.child.kill('SIGKILL');
      await training.ended;
      disk.unmount();
      disk.remove();
    }
    return cuts;
  }

  /** What is wrong with a run that came back, of which a step was safe, or with what comes of it. */
  private async problemAfter(out: string, safe: number, backend: BackendName): Promise<string | null> {
    const watch = new Watch(out);
    const problem = await watch.problem();
    if (problem) return problem;
    if (watch.step < safe) return `step ${safe} was safe, ${watch.step} came back`;
    const resumed = startTraining(this.spec, out, backend, existsSync(runPaths(out).record));
    if ((await resumed.ended) !== 0) return `the run does not go on: ${resumed.text()}`;
    return this.compare(out, backend);
  }

  /** Keeps the folder for a look at it. */
  private keep(title: string, out: string, i: number, backend: BackendName): void {
    const short = title.replace(this.home, '').split('\n')[0];
    if (this.findings.has(short)) return;
    const file = join(packageRoot(), 'runs', 'fuzz', `kill-${this.seed}-${i}-${backend}`);
    mkdirSync(file, { recursive: true });
    if (existsSync(out)) cpSync(out, file, { recursive: true });
    writeFileSync(join(file, 'problem.txt'), `${title}\n`);
    this.findings.set(short, { title: short, file });
  }
}

/** A run that was left alone must end well, and one that was asked to end must have saved. */
function endProblem(end: number | NodeJS.Signals | null, killed: boolean, text: string): string | null {
  if (/internal:|defect of weft/.test(text)) return `an internal error: ${text}`;
  if (killed || end === 0) return null;
  return `it ended with ${String(end)}: ${text}`;
}

function isSaving(checkpoints: string): boolean {
  try {
    return readdirSync(checkpoints).some((name) => name.endsWith('.tmp'));
  } catch {
    return false;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
