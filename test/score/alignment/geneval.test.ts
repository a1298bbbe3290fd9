import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readGenEvalPrompts, scoreGenEval } from '../../../src/score/alignment/geneval';
import { inFolder } from '../../support/weft';

/** Prompts as GenEval writes them, one of each task and a second one of counting. */
const prompts = [
  '{"tag": "single_object", "include": [{"class": "bench", "count": 1}], "prompt": "a photo of a bench"}',
  '{"tag": "two_object", "include": [{"class": "bench", "count": 1}, {"class": "cow", "count": 1}], "prompt": "a photo of a bench and a cow"}',
  '{"tag": "counting", "include": [{"class": "clock", "count": 2}], "exclude": [{"class": "clock", "count": 3}], "prompt": "a photo of two clocks"}',
  '{"tag": "counting", "include": [{"class": "cow", "count": 3}], "exclude": [{"class": "cow", "count": 4}], "prompt": "a photo of three cows"}',
  '{"tag": "colors", "include": [{"class": "cow", "count": 1, "color": "red"}], "prompt": "a photo of a red cow"}',
  '{"tag": "position", "include": [{"class": "cow", "count": 1}, {"class": "bench", "count": 1, "position": ["left of", 0]}], "prompt": "a photo of a bench left of a cow"}',
  '{"tag": "color_attr", "include": [{"class": "cow", "count": 1, "color": "red"}, {"class": "bench", "count": 1, "color": "blue"}], "prompt": "a photo of a red cow and a blue bench"}',
];
/** Which of two pictures of each prompt are right. */
const right = ['yy', 'yn', 'nn', 'yn', 'yy', 'nn', 'ny'];

function result(i: number, picture: number): string {
  const { tag, prompt } = JSON.parse(prompts[i]) as { tag: string; prompt: string };
  return JSON.stringify({
    filename: `out/${String(i).padStart(5, '0')}/samples/${String(picture).padStart(5, '0')}.png`,
    tag,
    prompt,
    correct: right[i][picture] === 'y',
    reason: '',
    metadata: prompts[i],
    details: '{}',
  });
}
const results = prompts.flatMap((_, i) => [result(i, 0), result(i, 1)]);

const scored = (asked: readonly string[], found: readonly string[], partial = false) =>
  inFolder(async (folder) => {
    const [metadata, lines] = ['evaluation_metadata.jsonl', 'results.jsonl'].map((name) => join(folder, name));
    writeFileSync(metadata, asked.join('\n') + '\n');
    writeFileSync(lines, found.join('\n') + '\n');
    return scoreGenEval(metadata, lines, { partial }).catch((error: Error) =>
      Promise.reject(new Error(error.message.replaceAll(`${folder}/`, ''))),
    );
  });

it('gives the share of right pictures of each task, and the mean of the tasks', async () => {
  const score = await scored(prompts, results);
  const shares = Object.entries(score.tasks).map(([task, { share, images }]) => [task, share, images]);
  expect(shares).toEqual([
    ['single_object', 1, 2],
    ['two_object', 0.5, 2],
    ['counting', 0.25, 4],
    ['colors', 1, 2],
    ['position', 0, 2],
    ['color_attr', 0.5, 2],
  ]);
  // Each task counts once, however many pictures it has.
  expect(score.overall).toBeCloseTo((1 + 0.5 + 0.25 + 1 + 0 + 0.5) / 6, 12);
  expect(score).toMatchObject({ prompts: 7, images: 14, correctImages: 7 / 14, correctPrompts: 5 / 7, notes: [] });
});

it('refuses results that do not fit the prompts, with file and line', async () => {
  const wrong = (i: number, change: object) =>
    results.map((line, j) => (i === j ? JSON.stringify({ ...(JSON.parse(line) as object), ...change }) : line));
  await expect(scored(prompts, wrong(2, { tag: 'colour' }))).rejects.toThrow(
    'results.jsonl, line 3 cannot be used: the tag "colour" is none of GenEval\'s: single_object, two_object, counting,',
  );
  await expect(scored(prompts, wrong(1, { prompt: 'a photo of a dog' }))).rejects.toThrow(
    'results.jsonl, line 2 cannot be used: "a photo of a dog" of single_object is no prompt of evaluation_metadata.jsonl',
  );
  await expect(scored(prompts, wrong(4, { correct: 1 }))).rejects.toThrow(
    'results.jsonl, line 5 cannot be used: correct is 1, but must be true or false',
  );
  await expect(scored(prompts, [...results, results[0]])).rejects.toThrow(
    'results.jsonl, line 15 cannot be used: out/00000/samples/00000.png was judged in results.jsonl, line 1 already',
  );
  await expect(scored(prompts, ['{', ...results])).rejects.toThrow(
    'results.jsonl, line 1 cannot be used: it is no JSON',
  );
  await expect(scored(prompts, [''])).rejects.toThrow('results.jsonl has no results.');
});

it('refuses missing pictures, unless the score may be partial', async () => {
  const none = results.filter((_, i) => i > 1);
  await expect(scored(prompts, none)).rejects.toThrow(
    'results.jsonl has no result for 1 of 7 prompts: "a photo of a bench".',
  );
  await expect(scored(prompts, results.slice(1))).rejects.toThrow(
    '1 of 7 prompts have fewer pictures than the 2 of others: "a photo of a bench".',
  );
  const partial = await scored(prompts, none, true);
  expect(partial.overall).toBeCloseTo((0.5 + 0.25 + 1 + 0 + 0.5) / 5, 12);
  expect(partial.notes).toEqual([expect.stringContaining('no result for 1 of 7 prompts')]);
});

it('says that tasks are missing from the prompts', async () => {
  const score = await scored(prompts.slice(0, 2), results.slice(0, 4));
  expect(score.overall).toBe(0.75);
  expect(score.notes).toEqual([
    'There are no prompts of counting, colors, position, color_attr: the mean is over the other tasks.',
  ]);
});

it('refuses prompts that are not as GenEval writes them', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'p.jsonl');
    const read = (...lines: string[]) => {
      writeFileSync(path, lines.join('\n'));
      return readGenEvalPrompts(path);
    };
    expect((await read(...prompts)).map(({ tag }) => tag).slice(0, 3)).toEqual([
      'single_object',
      'two_object',
      'counting',
    ]);
    await expect(read(prompts[0], '', prompts[0])).rejects.toThrow(`line 3 cannot be used: it is the same prompt as`);
    await expect(read('{"tag": "colors", "prompt": "a"}')).rejects.toThrow('include must be a list');
    await expect(read(prompts[0].replace('"count": 1', '"count": 0'))).rejects.toThrow(
      'include[0] must have a class and a count of at least 1',
    );
    await expect(read('[1]')).rejects.toThrow('line 1 cannot be used: an object was expected');
  }));
