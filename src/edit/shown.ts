/** What pictures show, as the conditions of a model: a class, a text, or neither. */
// Tested by test/api/edit.test.ts.
import { rowsOf } from '../backends/host';
import type { HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { textOf, type ModelGraph } from '../compiler/lower/model';
import { checkLabels } from '../sample/labels';
import type { Reading } from '../text/encoder';
import { encodePrompts, type EncodeOptions } from '../text/prompts';

/** What a picture shows: a prompt, a class by its number, both, or neither, for "not said". */
export interface Shown {
  readonly prompt?: string;
  readonly label?: number;
}

/** Whether anything is said. */
export function isSaid({ prompt, label }: Shown = {}): boolean {
  return prompt !== undefined || label !== undefined;
}

/**
 * The conditions of each list of pictures, a row for each picture: `y`, or the text inputs and those of the empty prompt. `model` is the model
 * as it was trained: what is not said is the condition that its training left out.
 */
export async function conditionsShown(
  model: ModelGraph,
  reading: Reading | undefined,
  lists: readonly (readonly Shown[])[],
  options: EncodeOptions = {},
): Promise<HostTensors[]> {
  const all = lists.flat();
  const conditions = { ...classes(model, all), ...(await texts(model, reading, all, options)) };
  let at = 0;
  return lists.map((list) => {
    const rows = list.map(() => at++);
    return Object.fromEntries(Object.entries(conditions).map(([name, tensor]) => [name, rowsOf(tensor, rows)]));
  });
}

function classes(model: ModelGraph, all: readonly Shown[]): HostTensors {
  const input = model.inputs.find((i) => i.kind === 'class');
  if (input?.kind !== 'class') {
    if (all.some(({ label }) => label !== undefined))
      throw new WeftError(`${model.name} knows no classes.`, 'Say what a picture shows in other words.', 2);
    return {};
  }
  if (all.some(({ label }) => label === undefined)) requireLeftOut(model, input.name, 'class');
  const labels = all.map(({ label }) => label ?? input.classes);
  checkLabels(labels, input.classes);
  return { y: { shape: [labels.length], dtype: 'i32', data: Int32Array.from(labels) } };
}

async function texts(
  model: ModelGraph,
  reading: Reading | undefined,
  all: readonly Shown[],
  options: EncodeOptions,
): Promise<HostTensors> {
  const input = textOf(model);
  if (!input) {
    if (all.some(({ prompt }) => prompt !== undefined))
      throw new WeftError(`${model.name} takes no text.`, 'Say what a picture shows by its class, or nothing.', 2);
    return {};
  }
  if (!reading)
    throw new WeftError(
      `It is not known how ${model.name} reads texts.`,
      'From a program, add reading: recipe.text; on the command line, take a run, or a spec whose recipe has `text`.',
    );
  if (all.some(({ prompt }) => prompt === undefined)) requireLeftOut(model, input.name, 'text');
  return encodePrompts(model, reading, { prompts: all.map(({ prompt = '' }) => prompt) }, options);
}

/** A model that always saw a condition in training knows nothing of its absence. Where it is not known what training left out, nothing is refused. */
function requireLeftOut(model: ModelGraph, name: string, what: string): void {
  if (model.conventions.leftOut?.includes(name) ?? true) return;
  throw new WeftError(
    `${model.name} was always told a ${what}, and none is given.`,
    'Say what the picture shows (`from`), or what it is to show (`to`).',
    2,
  );
}
