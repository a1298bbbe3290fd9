/** Checks specs in a process of their own. */
import { Worker } from '../worker';
import type { Answer, Question } from './child';

/** Processor time that any input must be answered in, in seconds. */
export const timeLimit = 5;
const memoryLimit = 1024;

export class Checker {
  private readonly worker = new Worker<Question, Answer>({
    file: 'fuzz/front/child.ts',
    // A large nursery: most of what a check makes is gone when it answers.
    nodeOptions: [`--max-old-space-size=${memoryLimit}`, '--max-semi-space-size=64'],
    // Starting takes a second or two as well.
    patience: 2 * timeLimit,
  });

  /** What came of checking the input; crashes, hangs and a full memory are all of kind `crash`. */
  async check(question: Question): Promise<Answer> {
    const answer = await this.worker.ask(question);
    if (answer === 'ended') return crash(`ends the process, or needs more than ${memoryLimit} MB`);
    if (answer === 'late') return crash(`takes more than ${timeLimit} s`);
    if (answer.seconds <= timeLimit || answer.kind === 'crash') return answer;
    return crash(`takes more than ${timeLimit} s`);
  }

  close(): void {
    this.worker.close();
  }
}

function crash(what: string): Answer {
  return { kind: 'crash', what, seconds: 0 };
}
