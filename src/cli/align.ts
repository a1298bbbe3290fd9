/** `weft align`: the numbers of GenEval and DPG-Bench from what detectors or question-answering models said of pictures. */
import type { Command } from 'commander';

export interface AlignCommandOptions {
  readonly geneval?: string;
  readonly dpg?: string;
  readonly partial?: boolean;
  readonly json?: boolean;
}

export function registerAlign(program: Command): void {
  program
    .command('align')
    .description('text alignment: the tables of GenEval and DPG-Bench, from results of their detectors and questions')
    .argument('<results>', 'what was found in the pictures, a line for each: see below')
    .option('--geneval <file>', "GenEval's evaluation_metadata.jsonl: the prompts that were drawn")
    .option('--dpg <file>', "DPG-Bench's dpg_bench.csv: the questions that were asked")
    .option('--partial', 'score the pictures there are, and say which are missing')
    .option('--json', 'print the scores as JSON')
    .addHelpText(
      'after',
      `
Neither the detectors nor the models that answer questions are part of Weft: run the benchmark's own program on your pictures, and give what
it wrote. Prompts without results, results for other prompts, unknown tags and pictures that were judged twice are refused.

GenEval: the results.jsonl of its evaluation, with tag, prompt, filename and correct. Scores are those of its summary: right pictures for each task, and
the mean of the six tasks.

DPG-Bench: the file ending in _detail.txt of its evaluation, or a line of JSON for each answer, with item_id, picture (from 0), proposition_id and answer. A
question counts as answered with no if one that it depends on is. Categories are counted without dependencies and of the last picture of each prompt, as
its program does.

Examples:
  weft align results.jsonl --geneval evaluation_metadata.jsonl
  weft align dpg-bench_results_detail.txt --dpg dpg_bench.csv --json`,
    )
    .action(async (results: string, options: AlignCommandOptions) => {
      const { alignResults } = await import('./align-results');
      await alignResults(results, options);
    });
}
