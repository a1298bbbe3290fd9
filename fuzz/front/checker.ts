/** Checks specs in a process of their own, which is ended and started anew where it does not answer. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/files/package-root';
import type { Answer, Question } from './child';

/** Processor time that any input must be answered in, in seconds. */
export const timeLimit = 5;
/** The machine may be busy with other things: only after this long is a process taken for one that never answers. */
const patience = 4 * timeLimit;
const memoryLimit = 1024;

export class Checker {
  private child: ChildProcess | null = null;

  /** What came of checking the input; crashes, hangs and a full memory are all of kind `crash`. */
  async check(question: Question): Promise<Answer> {
    const child = (this.child ??= start());
    const answer = await answerOf(child, question);
    if (!answer.isAlive) this.close();
    if (answer.seconds <= timeLimit || answer.kind === 'crash') return answer;
    return { ...answer, kind: 'crash', what: `takes more than ${timeLimit} s` };
  }

  close(): void {
    this.child?.kill('SIGKILL');
    this.child = null;
  }
}

function start(): ChildProcess {
  const root = packageRoot();
  return fork(join(root, 'scripts', 'run-ts.mjs'), ['fuzz/front/child.ts'], {
    cwd: root,
    // A large nursery: most of what a check makes is gone when it answers.
    execArgv: [`--max-old-space-size=${memoryLimit}`, '--max-semi-space-size=64'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

/** `isAlive` is whether the process can be asked again. */
function answerOf(child: ChildProcess, question: Question): Promise<Answer & { readonly isAlive: boolean }> {
  return new Promise((resolve) => {
    const settle = (answer: Answer & { readonly isAlive: boolean }): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      resolve(answer);
    };
    const crash = (what: string) => ({ kind: 'crash', what, seconds: 0, isAlive: false }) as const;
    const timer = setTimeout(() => settle(crash(`takes more than ${timeLimit} s`)), patience * 1000);
    child.once('message', (answer) => settle({ ...(answer as Answer), isAlive: true }));
    child.once('exit', () => settle(crash(`ends the process, or needs more than ${memoryLimit} MB`)));
    child.send(question);
  });
}
