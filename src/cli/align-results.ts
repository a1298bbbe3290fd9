/** Prints the table of GenEval or DPG-Bench for a file of results (`weft align`). */
// Tested by test/cli/align.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { aligned } from '../compiler/report/render';
import { scoreDpg, type DpgScore } from '../score/alignment/dpg';
import { scoreGenEval, tasks, type GenEvalScore } from '../score/alignment/geneval';
import type { AlignCommandOptions } from './align';
import { percent } from './percent';

export async function alignResults(results: string, options: AlignCommandOptions): Promise<void> {
  const { geneval, dpg, partial, json } = options;
  if ((geneval === undefined) === (dpg === undefined))
    throw new WeftError(
      geneval === undefined ? 'It was not said which benchmark the results are of.' : 'Two benchmarks were named.',
      'Add either --geneval evaluation_metadata.jsonl or --dpg dpg_bench.csv.',
      2,
    );
  if (geneval !== undefined) {
    const score = await scoreGenEval(geneval, results, { partial });
    console.log(json ? JSON.stringify(score, null, 2) : genEvalText(score));
  } else if (dpg !== undefined) {
    const score = await scoreDpg(dpg, results, { partial });
    console.log(json ? JSON.stringify(score, null, 2) : dpgText(score));
  }
}

function genEvalText(score: GenEvalScore): string {
  const rows = tasks.flatMap((task) => {
    const found = score.tasks[task];
    return found ? [[task.replaceAll('_', ' '), String(found.images), percent(found)]] : [];
  });
  const { prompts, images, overall, correctImages, correctPrompts } = score;
  return [
    `GenEval, ${counted(prompts, 'prompt')}, ${counted(images, 'picture')}:`,
    ...aligned([['task', 'pictures', 'right'], ...rows], 1),
    '',
    `Overall, the mean of ${counted(rows.length, 'task')}: ${overall.toFixed(5)}`,
    `Right pictures ${hundredfold(correctImages)} %, prompts with a right picture ${hundredfold(correctPrompts)} %; per cent, with 95 % confidence intervals.`,
    ...score.notes.map((note) => `note: ${note}`),
  ].join('\n');
}

function dpgText({ prompts, images, score, broad, detailed, notes }: DpgScore): string {
  const rows = broad.flatMap((one) => [
    [one.category, String(one.questions), hundredfold(one.score)],
    ...detailed
      .filter(({ category }) => category !== one.category && category.split('-')[0].trim() === one.category)
      .map((part) => [`  ${part.category}`, String(part.questions), hundredfold(part.score)]),
  ]);
  return [
    `DPG-Bench, ${counted(prompts, 'prompt')}, ${counted(images, 'picture')}:`,
    ...aligned([['category', 'questions', 'yes'], ...rows], 1),
    '',
    `DPG-Bench score: ${(100 * score).toFixed(4)}`,
    'Per cent. The score counts dependencies; categories are of the last picture of each prompt, without dependencies.',
    ...notes.map((note) => `note: ${note}`),
  ].join('\n');
}

function hundredfold(share: number): string {
  return (100 * share).toFixed(2);
}
