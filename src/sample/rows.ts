/** The rows of a grid of samples: a class, a prompt, or both. */
import { WeftError } from '../compiler/diagnostics/diagnostic';

/** Null for conditions that the model does not have. */
export interface Row {
  readonly label: number | null;
  readonly prompt: string | null;
}

export interface Wanted<T> {
  readonly items: readonly T[];
  /** Whether the user asked for these, or they are shown by default. */
  readonly asked: boolean;
}

/**
 * A row for each label or prompt. For a model with both, labels and prompts are paired: a single one is paired with each of the others,
 * and those shown by default are used in turn. Null for a model without conditions.
 */
export function pairRows(labels: Wanted<number> | null, prompts: Wanted<string> | null): Row[] | null {
  if (!labels) return prompts && prompts.items.map((prompt) => ({ label: null, prompt }));
  if (!prompts) return labels.items.map((label) => ({ label, prompt: null }));
  return Array.from({ length: pairs(labels, prompts) }, (_, i) => ({
    label: labels.items[i % labels.items.length],
    prompt: prompts.items[i % prompts.items.length],
  }));
}

/** The labels of rows in order; null if they have none. */
export function labelsOf(rows: readonly Row[] | null): number[] | null {
  const labels = rows?.flatMap(({ label }) => (label === null ? [] : [label])) ?? [];
  return labels.length > 0 ? labels : null;
}

/** The prompts of rows in order; null if they have none. */
export function promptsOf(rows: readonly Row[] | null): string[] | null {
  const prompts = rows?.flatMap(({ prompt }) => (prompt === null ? [] : [prompt])) ?? [];
  return prompts.length > 0 ? prompts : null;
}

function pairs(labels: Wanted<number>, prompts: Wanted<string>): number {
  const [classes, texts] = [labels.items.length, prompts.items.length];
  if (!labels.asked) return texts;
  if (!prompts.asked) return classes;
  if (classes === texts || Math.min(classes, texts) === 1) return Math.max(classes, texts);
  throw new WeftError(
    `${classes} classes and ${texts} prompts make no pairs.`,
    'Give as many of one as of the other, or only one of either.',
    2,
  );
}
