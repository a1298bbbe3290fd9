import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scoreDpg } from '../../../src/score/alignment/dpg';
import { inFolder } from '../../support/weft';

/** A table in the columns of dpg_bench.csv; the row of `first` is the one that its program passes over. */
const table = `item_id,text,keywords,proposition_id,dependency,category_broad,category_detailed,tuple,question_natural_language
first,A cat.,,1,0,entity,whole,entity - whole (cat),Is there a cat?
first,A cat.,,2,1,attribute,color,"attribute - color (cat, red)",Is the cat red?
dogs,"Two dogs, one red.",,1,0,entity,whole,entity - whole (dogs),Are there dogs?
dogs,"Two dogs, one red.",,2,1,other,count,"other - count (dogs, ==2)","Are there two dogs, and no more?"
dogs,"Two dogs, one red.",,3,2,attribute,color,"attribute - color (dog, red)",Is one dog red?
lamp,A lamp on a table.,,1,0,entity,whole,entity - whole (lamp),Is there a lamp?
lamp,A lamp on a table.,,2,0,entity,whole,entity - whole (table),Is there a table?
lamp,A lamp on a table.,,3,"1, 2",relation,spatial,"relation - spatial (lamp, table, on)",Is the lamp on the table?
`;

const questions = {
  dogs: ['Are there dogs?', 'Are there two dogs, and no more?', 'Is one dog red?'],
  lamp: ['Is there a lamp?', 'Is there a table?', 'Is the lamp on the table?'],
};
/** What was answered of two pictures of each prompt. */
const said = { dogs: ['yny', 'yyy'], lamp: ['nyy', 'yyn'] };
const places = ['(0, 0, 64, 64)', '(64, 0, 128, 64)'];

const detail = Object.entries(questions).flatMap(([item, asked]) =>
  said[item as keyof typeof said].flatMap((answers, picture) =>
    asked.map(
      (question, i) => `out/${item}.png, ${places[picture]}, ${question}, ${answers[i] === 'y' ? 'yes' : 'no'}`,
    ),
  ),
);

const scored = (lines: readonly string[], options: { partial?: boolean; csv?: string } = {}) =>
  inFolder(async (folder) => {
    const [csv, answers] = ['dpg_bench.csv', 'r_detail.txt'].map((name) => join(folder, name));
    writeFileSync(csv, options.csv ?? table);
    writeFileSync(answers, lines.join('\n') + '\n');
    return scoreDpg(csv, answers, options).catch((error: Error) =>
      Promise.reject(new Error(error.message.replaceAll(`${folder}/`, ''))),
    );
  });

it('counts a question as no if one that it depends on is, also through others', async () => {
  const score = await scored(detail);
  // Dogs: yes, no, and so no; then all three. Lamp: no, yes, and so no; then yes, yes, no.
  expect(score.score).toBeCloseTo(((1 / 3 + 1) / 2 + (1 / 3 + 2 / 3) / 2) / 2, 12);
  expect([score.prompts, score.images]).toEqual([2, 4]);
});

it('counts categories of the last picture, without dependencies', async () => {
  const { broad, detailed } = await scored(detail);
  expect(broad).toEqual([
    { category: 'attribute', score: 1, questions: 1 },
    { category: 'entity', score: 1, questions: 3 },
    { category: 'other', score: 1, questions: 1 },
    { category: 'relation', score: 0, questions: 1 },
  ]);
  expect(detailed.map(({ category }) => category)).toEqual([
    'attribute - color',
    'entity - whole',
    'other - count',
    'relation - spatial',
  ]);
});

it('leaves out what the program of the benchmark leaves out, and says so', async () => {
  const { notes } = await scored(detail);
  expect(notes).toEqual([
    "As in DPG-Bench's own program the first row of the table, of first, is left out, and prompts with a question that depends on one not asked: first.",
  ]);
});

it('reads answers as JSON too, in any order', async () => {
  const lines = Object.keys(questions).flatMap((item) =>
    said[item as keyof typeof said].flatMap((answers, picture) =>
      [...answers].map((answer, i) =>
        JSON.stringify({ item_id: item, picture, proposition_id: i + 1, answer: answer === 'y' ? 'yes' : 'a lamp' }),
      ),
    ),
  );
  expect(await scored([...lines].reverse())).toEqual(await scored(detail));
  const wrong = JSON.stringify({ item_id: 'dogs', picture: 0, proposition_id: 4, answer: 'yes' });
  await expect(scored([wrong])).rejects.toThrow('r_detail.txt, line 1 cannot be used: dogs has no proposition 4');
});

it('refuses answers that do not fit the table, with file and line', async () => {
  await expect(scored([...detail, 'out/cow.png, (0, 0, 64, 64), Is it?, yes'])).rejects.toThrow(
    'r_detail.txt, line 13 cannot be used: cow is no prompt of dpg_bench.csv',
  );
  await expect(scored([detail[0].replace('dogs?', 'cows?')])).rejects.toThrow(
    'line 1 cannot be used: dogs has no question that "Are there cows?, yes" begins with',
  );
  await expect(scored(['dogs: yes'])).rejects.toThrow('line 1 cannot be used: it is neither');
  await expect(scored([...detail, detail[0].replace('yes', 'no')])).rejects.toThrow(
    'line 13 cannot be used: proposition 1 of dogs has another answer in r_detail.txt, line 1',
  );
});

it('refuses missing prompts, pictures and answers', async () => {
  await expect(scored(detail.slice(1))).rejects.toThrow(
    'r_detail.txt has no answer to 1 questions about pictures it knows: dogs (0, 0, 64, 64) proposition 1.',
  );
  await expect(scored(detail.slice(6))).rejects.toThrow('r_detail.txt has no answers for 1 of 2 prompts: dogs.');
  await expect(scored(detail.slice(3))).rejects.toThrow(
    '1 of 2 prompts have fewer pictures than the 2 of others: dogs.',
  );
  const partial = await scored(detail.slice(6), { partial: true });
  expect([partial.prompts, partial.score]).toEqual([1, expect.closeTo(1 / 2, 12)]);
  expect(partial.notes[1]).toContain('no answers for 1 of 2 prompts');
});

it('refuses tables that are not as DPG-Bench writes them', async () => {
  await expect(scored(detail, { csv: 'item_id,text\na,b\n' })).rejects.toThrow(
    'it has no column proposition_id, dependency, tuple, question_natural_language',
  );
  await expect(scored(detail, { csv: table.replace(',2,1,other', ',2,one,other') })).rejects.toThrow(
    'dpg_bench.csv, row 5 cannot be used: dependency is "one", but must be a whole number',
  );
  await expect(scored(detail, { csv: table.replace(',2,1,other', ',1,1,other') })).rejects.toThrow(
    'dpg_bench.csv, row 5 cannot be used: dogs has a proposition 1 already',
  );
});
