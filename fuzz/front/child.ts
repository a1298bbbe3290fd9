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
  /** Also to build its models, as `weft check` does; names, calls and sections are judged without. */
  readonly models: boolean;
}

/** What came of it: costs, problems that were told, or something that must not be. Processor time in seconds. */
export interface Answer {
  readonly kind: 'inspected' | 'told' | 'crash';
  /** The error of a crash with the place it was thrown from. */
  readonly what: string;
  readonly seconds: number;
}

/** Weights of a model whose training memory is counted too. */
const mostWeights = 20;

// The campaign was ended.
process.on('disconnect', () => process.exit());

process.on('message', (question: Question) => {
  const before = process.cpuUsage();
  const { kind, what } = answer(question);
  const { user, system } = process.cpuUsage(before);
  process.send?.({ kind, what, seconds: (user + system) / 1e6 } satisfies Answer);
});

function answer(question: Question): Omit<Answer, 'seconds'> {
  try {
    return { kind: isInspected(question) ? 'inspected' : 'told', what: '' };
  } catch (e) {
    if (e instanceof WeftError) return { kind: 'told', what: e.message };
    return { kind: 'crash', what: e instanceof Error ? described(e) : String(e) };
  }
}

/** What `weft check` and `weft inspect` do with a file; whether it had a sound model. */
function isInspected({ path, text, models }: Question): boolean {
  const { spec } = openSpec(path, { text, elaborateModels: models });
  renderText(spec.diagnostics);
  JSON.stringify(renderJson(spec.diagnostics));
  const [first] = spec.models;
  if (!models || !first || spec.diagnostics.some((d) => d.severity === 'error')) return false;
  const { model } = spec.elaborate(first);
  if (!model) return false;
  const costs = costsOf(model);
  // The memory of training is read off the whole step, which takes seconds for the largest shipped models however sound.
  if (model.weights.length <= mostWeights) renderReport(costs, memoryOf(model, { batch: 1 }));
  return true;
}

function described(e: Error): string {
  const place = /at (?:\w+\.)?(\S+) \(/.exec(e.stack ?? '')?.[1] ?? 'unknown';
  return `${e.message.split('\n')[0].slice(0, 200)} (in ${place})`;
}
