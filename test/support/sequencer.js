/**
 * The order of the suites: jest's own, but where it has no times of an earlier run, the longest first. It would order by the
 * size of the files, and a long suite of few lines, started last, would leave all workers but one without work.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Sequencer from '@jest/test-sequencer';

/** What takes longest for its lines, longest first; half a minute or more. */
const longest = [
  'fuzz/campaigns',
  'regressions/large-inputs',
  'specs/inception-v3',
  'package/install',
  'cli/aligned',
  'cli/train',
  'ops/ranks',
  'train/declared-objective',
  'cli/run-programs',
  'text/minilm',
  'cli/quickstart',
  'golden/training',
  'ops/conformance',
  'golden/models',
  'train/run-digest',
  'score/score-model',
  'regressions/counted-work',
].map((name) => fileURLToPath(new URL(`../${name}.test.ts`, import.meta.url)));

const lost = longest.filter((path) => !existsSync(path));
if (lost.length > 0) throw new Error(`test/support/sequencer.js names suites that are not there: ${lost.join(', ')}`);

export default class extends Sequencer {
  sort(tests) {
    const place = ({ path, duration }) =>
      duration === undefined && longest.includes(path) ? longest.indexOf(path) : longest.length;
    return super.sort(tests).sort((a, b) => place(a) - place(b));
  }
}
