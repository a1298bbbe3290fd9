import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder, weft } from '../support/weft';

it('prints the tables of GenEval and DPG-Bench', () =>
  inFolder(async (folder) => {
    const run = (...args: string[]) => weft(['align', ...args], { cwd: folder });
    const write = (name: string, ...lines: string[]) => writeFileSync(join(folder, name), lines.join('\n'));
    write(
      'm.jsonl',
      '{"tag": "colors", "include": [{"class": "cow", "count": 1, "color": "red"}], "prompt": "a photo of a red cow"}',
    );
    const cow = '"tag": "colors", "prompt": "a photo of a red cow"';
    write(
      'r.jsonl',
      `{"filename": "0.png", ${cow}, "correct": true}`,
      `{"filename": "1.png", ${cow}, "correct": false}`,
    );
    const geneval = await run('r.jsonl', '--geneval', 'm.jsonl');
    expect([geneval.status, geneval.stdout]).toEqual([
      0,
      `GenEval, 1 prompt, 2 pictures:
  task    pictures            right
  colors         2  50.0 (9.5–90.5)

Overall, the mean of 1 task: 0.50000
Right pictures 50.00 %, prompts with a right picture 100.00 %; per cent, with 95 % confidence intervals.
note: There are no prompts of single_object, two_object, counting, position, color_attr: the mean is over the other tasks.
`,
    ]);

    write(
      'd.csv',
      'item_id,text,proposition_id,dependency,tuple,question_natural_language',
      'a,A cat.,1,0,entity - whole (cat),Is there a cat?',
      'b,A dog.,1,0,entity - whole (dog),Is there a dog?',
    );
    write('a.txt', 'b.png, (0, 0, 8, 8), Is there a dog?, yes');
    const dpg = await run('a.txt', '--dpg', 'd.csv');
    expect([dpg.status, dpg.stdout]).toEqual([0, expect.stringContaining('\nDPG-Bench score: 100.0000\n')]);
    expect(dpg.stdout).toContain("note: As in DPG-Bench's own program the first row of the table, of a, is left out");
    const json = JSON.parse((await run('a.txt', '--dpg', 'd.csv', '--json')).stdout) as { score: number };
    expect(json.score).toBe(1);

    const both = await run('a.txt', '--dpg', 'd.csv', '--geneval', 'm.jsonl');
    expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('Two benchmarks were named.')]);
    const none = await run('a.txt');
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('was not said which benchmark')]);
    const wrong = await run('a.txt', '--geneval', 'm.jsonl');
    expect([wrong.status, wrong.stderr]).toEqual([
      1,
      expect.stringContaining('a.txt, line 1 cannot be used: it is no JSON'),
    ]);
  }));
