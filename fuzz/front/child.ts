/** The process that checks the inputs of the front-end campaign, one message each, so that a hang or a full memory ends only it. */
import { renderJson, renderText } from '../../src/compiler/diagnostics/render';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { costsOf } from '../../src/compiler/report/costs';
import { renderReport } from '../../src/compiler/report/render';
import { memoryOf } from '../../src/compiler/report/memory';
import { openSpec } from '../../src/spec/open';

/** A spec to check as if it stood at `path`. */
export interface Question {
  readonly path: string;
  readonly text: string;
}

/** What came of it: no problems, problems that were told, or something that must not be. Processor time in seconds. */
export interface Answer {
  readonly kind: 'clean' | 'told' | 'crash';
  /** The error of a crash with the place it was thrown from. */
  readonly what: string;
  readonly seconds: number;
}

/** Weights of a model whose training memory is counted too. */
const mostWeights = 200;

process.on('message', ({ path, text }: Question) => {
  const before = process.cpuUsage();
  const { kind, what } = answer(path, text);
  const { user, system } = process.cpuUsage(before);
  process.send?.({ kind, what, seconds: (user + system) / 1e6 } satisfies Answer);
});

function answer(path: string, text: string): Omit<Answer, 'seconds'> {
  try {
    return { kind: isClean(path, text) ? 'clean' : 'told', what: '' };
  } catch (e) {
    if (e instanceof WeftError) return { kind: 'told', what: e.message };
    return { kind: 'crash', what: e instanceof Error ? described(e) : String(e) };
  }
}

/** What `weft check` and `weft inspect` do with a file. */
function isClean(path: string, text: string): boolean {
  const { spec } = openSpec(path, { text, elaborateModels: true });
  renderText(spec.diagnostics);
  JSON.stringify(renderJson(spec.diagnostics));
  if (spec.diagnostics.some((d) => d.severity === 'error')) return false;
  const [first] = spec.models;
  const { model } = first ? spec.elaborate(first) : { model: null };
  if (!model) return true;
  const costs = costsOf(model);
  // The memory of training is read off the whole step, which takes seconds for the largest shipped models however sound.
  if (model.weights.length <= mostWeights) renderReport(costs, memoryOf(model, { batch: 1 }));
  return true;
}

function described(e: Error): string {
  const place = /at (?:\w+\.)?(\S+) \(/.exec(e.stack ?? '')?.[1] ?? 'unknown';
  return `${e.message.split('\n')[0].slice(0, 200)} (in ${place})`;
}
