/**
 * GenEval (arXiv 2310.11513): its prompts, and the verdicts that its program writes after detecting objects in the pictures. Scores are
 * those of its summary: the share of right pictures for each task, and the mean of the tasks.
 */
import { counted, someOf } from '../../compiler/diagnostics/counted';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { isRecord } from '../../files/record';
import { share, type Share } from '../../data/scene-score';
import { parsedLine, readLines, textOf, wrongLine, type Line } from './lines';

export const tasks = ['single_object', 'two_object', 'counting', 'colors', 'position', 'color_attr'] as const;
export type Task = (typeof tasks)[number];

/** A line of `evaluation_metadata.jsonl`. */
export interface GenEvalPrompt {
  readonly tag: Task;
  readonly prompt: string;
  /** The whole line, as it stands. */
  readonly text: string;
}

interface Verdict {
  readonly tag: Task;
  readonly prompt: string;
  readonly filename: string;
  readonly correct: boolean;
  readonly where: string;
}

export interface GenEvalScore {
  readonly prompts: number;
  readonly images: number;
  /** Of each task that there is: the share of right pictures. */
  readonly tasks: { readonly [T in Task]?: Share & { readonly images: number; readonly correct: number } };
  /** The mean of the tasks, each counted once. */
  readonly overall: number;
  /** The share of right pictures of all. */
  readonly correctImages: number;
  /** The share of prompts with at least one right picture. */
  readonly correctPrompts: number;
  readonly notes: readonly string[];
}

export interface AlignmentOptions {
  /** Whether pictures may be missing. */
  readonly partial?: boolean;
}

/** The prompts of `evaluation_metadata.jsonl`. */
export async function readGenEvalPrompts(path: string): Promise<GenEvalPrompt[]> {
  const prompts = (await readLines(path)).map(({ text, where }) => {
    const line = parsedLine(text, where);
    const tag = taskOf(line);
    const include = line.fields.include;
    if (!Array.isArray(include) || include.length === 0)
      throw wrongLine(where, 'include must be a list of the objects that are asked for');
    include.forEach((item, i) => checkAsked(item, `include[${i}]`, where));
    const { exclude } = line.fields;
    if (exclude !== undefined && !Array.isArray(exclude)) throw wrongLine(where, 'exclude must be a list');
    (exclude ?? []).forEach((item: unknown, i: number) => checkAsked(item, `exclude[${i}]`, where));
    return { tag, prompt: textOf(line, 'prompt'), text, where };
  });
  if (prompts.length === 0) throw new WeftError(`${path} has no prompts.`, null);
  const seen = new Map<string, string>();
  for (const prompt of prompts) {
    const before = seen.get(keyOf(prompt));
    if (before !== undefined) throw wrongLine(prompt.where, `it is the same prompt as ${before}`);
    seen.set(keyOf(prompt), prompt.where);
  }
  return prompts.map(({ tag, prompt, text }) => ({ tag, prompt, text }));
}

function checkAsked(item: unknown, name: string, where: string): void {
  const isAsked =
    isRecord(item) && typeof item.class === 'string' && Number.isInteger(item.count) && Number(item.count) >= 1;
  if (!isAsked) throw wrongLine(where, `${name} must have a class and a count of at least 1`);
}

/** Scores the verdicts in a file, `results.jsonl`, of pictures for some prompts. */
export async function scoreGenEval(
  metadata: string,
  results: string,
  { partial = false }: AlignmentOptions = {},
): Promise<GenEvalScore> {
  const prompts = await readGenEvalPrompts(metadata);
  const verdicts = await readVerdicts(results, metadata, new Set(prompts.map(keyOf)));
  const byPrompt = new Map(prompts.map((prompt): [string, Verdict[]] => [keyOf(prompt), []]));
  for (const verdict of verdicts) byPrompt.get(keyOf(verdict))?.push(verdict);
  const notes = gaps(prompts, byPrompt, results);
  if (notes.length > 0 && !partial)
    throw new WeftError(
      notes.join(' '),
      'Judge the pictures that are missing, or add --partial to score without them.',
    );
  const absent = tasks.filter((task) => !prompts.some(({ tag }) => tag === task));
  const found = Object.fromEntries(
    tasks.flatMap((task) => {
      const own = verdicts.filter(({ tag }) => tag === task);
      const correct = own.filter((verdict) => verdict.correct).length;
      return own.length > 0 ? [[task, { ...share(correct, own.length), images: own.length, correct }]] : [];
    }),
  );
  const judged = [...byPrompt.values()].filter((own) => own.length > 0);
  const shares = Object.values(found).map((one) => one.share);
  return {
    prompts: judged.length,
    images: verdicts.length,
    tasks: found,
    overall: shares.reduce((a, b) => a + b, 0) / shares.length,
    correctImages: verdicts.filter(({ correct }) => correct).length / verdicts.length,
    correctPrompts: judged.filter((own) => own.some(({ correct }) => correct)).length / judged.length,
    notes: [
      ...notes,
      ...(absent.length > 0 ? [`There are no prompts of ${someOf(absent, 6)}: the mean is over the other tasks.`] : []),
    ],
  };
}

async function readVerdicts(path: string, metadata: string, known: ReadonlySet<string>): Promise<Verdict[]> {
  const files = new Map<string, string>();
  const verdicts = (await readLines(path)).map(({ text, where }): Verdict => {
    const line = parsedLine(text, where);
    const verdict = { tag: taskOf(line), prompt: textOf(line, 'prompt'), filename: textOf(line, 'filename') };
    const { correct } = line.fields;
    if (typeof correct !== 'boolean')
      throw wrongLine(where, `correct is ${JSON.stringify(correct) ?? 'missing'}, but must be true or false`);
    if (!known.has(keyOf(verdict)))
      throw wrongLine(where, `${JSON.stringify(verdict.prompt)} of ${verdict.tag} is no prompt of ${metadata}`);
    const before = files.get(verdict.filename);
    if (before !== undefined) throw wrongLine(where, `${verdict.filename} was judged in ${before} already`);
    files.set(verdict.filename, where);
    return { ...verdict, correct, where };
  });
  if (verdicts.length > 0) return verdicts;
  throw new WeftError(`${path} has no results.`, null);
}

/** Prompts without pictures, and with fewer than the others. */
function gaps(
  prompts: readonly GenEvalPrompt[],
  byPrompt: ReadonlyMap<string, readonly Verdict[]>,
  results: string,
): string[] {
  const countOf = (prompt: GenEvalPrompt): number => byPrompt.get(keyOf(prompt))?.length ?? 0;
  const most = Math.max(...prompts.map(countOf));
  const named = (some: readonly GenEvalPrompt[]): string =>
    someOf(
      some.map(({ prompt }) => JSON.stringify(prompt)),
      3,
    );
  const none = prompts.filter((prompt) => countOf(prompt) === 0);
  const fewer = prompts.filter((prompt) => countOf(prompt) > 0 && countOf(prompt) < most);
  const of = `of ${counted(prompts.length, 'prompt')}`;
  return [
    ...(none.length > 0 ? [`${results} has no result for ${none.length} ${of}: ${named(none)}.`] : []),
    ...(fewer.length > 0
      ? [`${fewer.length} ${of} have fewer pictures than the ${most} of others: ${named(fewer)}.`]
      : []),
  ];
}

function taskOf(line: Line): Task {
  const tag = textOf(line, 'tag');
  const found = tasks.find((task) => task === tag);
  if (found) return found;
  throw wrongLine(line.where, `the tag ${JSON.stringify(tag)} is none of GenEval's: ${tasks.join(', ')}`);
}

function keyOf({ tag, prompt }: { readonly tag: Task; readonly prompt: string }): string {
  return `${tag} ${prompt}`;
}
