/** The campaign against interruptions: runs are killed at any moment, inside saves too, and must go on to the same last bit. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/files/package-root';
import { isNativeAvailable } from '../src/setup/native';
import { runPaths } from '../src/train/run-folder';
import type { CampaignOptions, CampaignResult, Finding } from './campaign';
import { Random } from './random';
import { afterPowerCut, canCutPower, Disk } from './run-files/power-cut';
import { leftoversIn, Watch } from './run-files/soundness';
import {
  differenceOf,
  makeSubject,
  startTraining,
  tracesOf,
  type Engine,
  type Traces,
  type Training,
} from './run-files/subject';

/** What a run is stopped by. The last three are asked for and save first. */
const signals = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT'] as const;

function onBackend(name: 'tfjs' | 'tensorflow'): Engine {
  return { name, args: ['--backend', name] };
}

/** Compiling a train step anew after every kill takes TensorFlow several times as long. */
const alone = (isNativeAvailable() ? (['tfjs', 'tfjs', 'tfjs', 'tensorflow'] as const) : (['tfjs'] as const)).map(
  onBackend,
);

/** Two processes of PyTorch, which hold the weights in shards or each all of them. */
const together = (['shard', 'replicate'] as const).map((parallel): Engine => {
  const args = ['--engine', 'pytorch', '--devices', '2', '--set', `parallel=${parallel}`];
  return { name: `pytorch, ${parallel}`, args };
});

/** Cuts of one run, each of which is gone on with. */
const cutsOfRun = 4;

/** When: while it starts, between steps, or as soon as a half-written checkpoint is seen. */
const moments = ['starting', 'training', 'saving'] as const;

export function fuzzKill(options: CampaignOptions): Promise<CampaignResult> {
  return killed(alone, options);
}

/** The same for runs on two devices of PyTorch: the command is killed, or one of its processes, after which it must go on by itself. */
export function fuzzKillShared(options: CampaignOptions): Promise<CampaignResult> {
  return killed(together, options);
}

async function killed(engines: readonly Engine[], { seconds, seed }: CampaignOptions): Promise<CampaignResult> {
  const home = mkdtempSync(join(tmpdir(), 'weft-kill-'));
  const campaign = new KillCampaign(home, await makeSubject(home), engines, { seed, end: Date.now() + seconds * 1000 });
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
  /** Steps whose checkpoint the run had surely finished writing. */
  readonly safe: number;
}

class KillCampaign {
  private readonly counts = {
    runs: 0,
    kills: 0,
    'inside saves': 0,
    'before a step': 0,
    'kills of a part': 0,
    resumes: 0,
    'power cuts': 0,
  };
  private readonly findings = new Map<string, Finding>();
  private readonly wholes = new Map<string, Traces>();

  constructor(
    private readonly home: string,
    private readonly spec: string,
    private readonly engines: readonly Engine[],
    private readonly limits: { readonly seed: number; readonly end: number },
  ) {}

  async run(): Promise<CampaignResult> {
    const { seed } = this.limits;
    const cutsPower = this.engines === alone && canCutPower(this.home);
    for (let i = 0; this.goesOn; i++) {
      const random = new Random(seed, i);
      const engine = random.pick(this.engines);
      const out = join(this.home, `run-${i}`);
      const problem =
        cutsPower && i % 2 === 0 ? await this.cutPower(out, engine, random) : await this.killOften(out, engine, random);
      this.counts.runs++;
      if (problem) this.keep(problem, out, i, engine);
      rmSync(out, { recursive: true, force: true });
    }
    return { counts: this.counts, findings: [...this.findings.values()] };
  }

  private get goesOn(): boolean {
    return Date.now() < this.limits.end;
  }

  /** Kills a run until it is done or the time is up; what went wrong. */
  private async killOften(out: string, engine: Engine, random: Random): Promise<string | null> {
    const watch = new Watch(out);
    while (this.goesOn) {
      const resume = existsSync(runPaths(out).record);
      if (resume) this.counts.resumes++;
      const training = startTraining(this.spec, out, engine, resume);
      const moment = random.pick(moments);
      const signal = random.pick(signals);
      const killed = await this.killAt(training, moment, signal, out, random);
      const problem = (await watch.problem()) ?? endProblem(await training.ended, killed, training.text());
      if (problem) return problem;
      if (!killed) return this.compare(out, engine);
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
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const parts = this.engines === together && random.below(2) === 0 ? partsOf(child.pid) : [];
    if (parts.length > 0) {
      // The command must see that a process died, and go on from the last checkpoint; before the first step it may end with an error.
      const isTraining = text().includes('First step done');
      process.kill(random.pick(parts), 'SIGKILL');
      this.counts['kills of a part']++;
      return (await ended) !== 0 && !isTraining;
    }
    if (!child.kill(signal)) return false;
    this.counts.kills++;
    if (!text().includes('First step done')) this.counts['before a step']++;
    else if (isSaving(runPaths(out).checkpoints)) this.counts['inside saves']++;
    return (await ended) !== 0;
  }

  private async compare(out: string, engine: Engine): Promise<string | null> {
    const left = leftoversIn(out);
    if (left.length > 0) return `left behind: ${left.join(', ')}`;
    const difference = differenceOf(await tracesOf(out), await this.whole(engine));
    return difference && `${difference} are not those of a run that was never stopped`;
  }

  /** What a run leaves that is never stopped. */
  private async whole(engine: Engine): Promise<Traces> {
    const known = this.wholes.get(engine.name);
    if (known) return known;
    const out = join(this.home, `whole-${nameOf(engine)}`);
    const training = startTraining(this.spec, out, engine, false);
    if ((await training.ended) !== 0) throw new Error(`a run that nobody stopped failed: ${training.text()}`);
    const traces = await tracesOf(out);
    this.wholes.set(engine.name, traces);
    return traces;
  }

  /** Cuts the power of the disk that a run is written to, several times, and goes on with each of what comes back. */
  private async cutPower(out: string, engine: Engine, random: Random): Promise<string | null> {
    for (const [i, cut] of (await this.cutsOf(`${out}-disk`, engine, random)).entries()) {
      if (i > 0 && !this.goesOn) return null;
      this.counts['power cuts']++;
      cpSync(cut.folder, out, { recursive: true });
      const problem = cut.torn ?? (await this.problemAfter(out, cut.safe, engine));
      if (problem) return `after a power cut: ${problem}`;
      rmSync(out, { recursive: true, force: true });
      rmSync(cut.folder, { recursive: true, force: true });
    }
    return null;
  }

  /** What is on the disk of a run at some moments while it trains. */
  private async cutsOf(home: string, engine: Engine, random: Random): Promise<Cut[]> {
    const cuts: Cut[] = [];
    const disk = new Disk(home);
    disk.mount();
    const run = join(disk.mounted, 'run');
    const training = startTraining(this.spec, run, engine, false);
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
        cuts.push({ folder, torn, safe: watch.synced });
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
  private async problemAfter(out: string, safe: number, engine: Engine): Promise<string | null> {
    const watch = new Watch(out);
    const problem = await watch.problem();
    if (problem) return problem;
    if (watch.step < safe) return `step ${safe} was safe, ${watch.step} came back`;
    const resumed = startTraining(this.spec, out, engine, existsSync(runPaths(out).record));
    if ((await resumed.ended) !== 0) return `the run does not go on: ${resumed.text()}`;
    return this.compare(out, engine);
  }

  /** Keeps the folder for a look at it. */
  private keep(title: string, out: string, i: number, engine: Engine): void {
    const short = title.replace(this.home, '').split('\n')[0];
    if (this.findings.has(short)) return;
    const file = join(packageRoot(), 'runs', 'fuzz', `kill-${this.limits.seed}-${i}-${nameOf(engine)}`);
    mkdirSync(file, { recursive: true });
    if (existsSync(out)) cpSync(out, file, { recursive: true });
    writeFileSync(join(file, 'problem.txt'), `${title}\n`);
    this.findings.set(short, { title: short, file });
  }
}

/** The processes of Python that a process has begun, itself or through others. */
function partsOf(pid = 0): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => {
    const isPython = readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('python');
    return [...(isPython ? [child] : []), ...partsOf(child)];
  });
}

function nameOf({ name }: Engine): string {
  return name.replaceAll(/\W+/g, '-');
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
