/**
 * DPG-Bench (arXiv 2403.05135): its table of questions, and answers of a model that was asked them about the pictures. Scores are those of its
 * program: of each picture the share of questions answered with yes, where a question counts as answered with no if one it depends on is.
 */
import { someOf } from '../../compiler/diagnostics/counted';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { parseCsv } from '../../data/folder/csv';
import { readTextFile } from '../../data/folder/text-file';
import { messageOf } from '../../files/file-error';
import type { AlignmentOptions } from './geneval';
import { parsedLine, readLines, textOf, wrongLine } from './lines';

interface Question {
  readonly id: number;
  /** Numbers of the questions that must be answered with yes first. */
  readonly needs: readonly number[];
  /** `attribute - color` */
  readonly category: string;
  readonly question: string;
}

/** A prompt with its questions, in the order of the table. */
interface Item {
  readonly id: string;
  readonly text: string;
  readonly questions: readonly Question[];
}

export interface DpgScore {
  readonly prompts: number;
  readonly images: number;
  /** The mean over prompts of the mean over their pictures, 0 to 1. */
  readonly score: number;
  /** The share of yes, dependencies left aside, of each prompt's last picture, as DPG-Bench's program counts it. */
  readonly broad: readonly CategoryScore[];
  readonly detailed: readonly CategoryScore[];
  readonly notes: readonly string[];
}

interface CategoryScore {
  readonly category: string;
  readonly score: number;
  readonly questions: number;
}

/** Answers by prompt, picture and question. */
type Answers = Map<string, Map<string, Map<number, { readonly yes: boolean; readonly where: string }>>>;

const columns = ['item_id', 'text', 'proposition_id', 'dependency', 'tuple', 'question_natural_language'] as const;
type Row = { readonly [C in (typeof columns)[number]]: string } & { readonly where: string };

const mostBytes = 500e6;

/** The prompts of `dpg_bench.csv` with their questions. */
async function readDpgItems(path: string): Promise<Item[]> {
  const items = new Map<string, { text: string; questions: Question[] }>();
  for (const row of await readRows(path)) {
    const item = items.get(row.item_id) ?? { text: row.text, questions: [] };
    items.set(row.item_id, item);
    const question = {
      id: wholeNumber(row.proposition_id, 'proposition_id', row.where),
      needs: row.dependency
        .split(',')
        .map((part) => wholeNumber(part, 'dependency', row.where))
        .filter((id) => id !== 0),
      category: row.tuple.split('(')[0].trim(),
      question: row.question_natural_language,
    };
    if (item.questions.some(({ id }) => id === question.id))
      throw wrongLine(row.where, `${row.item_id} has a proposition ${question.id} already`);
    item.questions.push(question);
  }
  if (items.size === 0) throw new WeftError(`${path} has no questions.`, null);
  return [...items].map(([id, item]) => ({ id, ...item }));
}

async function readRows(path: string): Promise<Row[]> {
  const text = await readTextFile(path, mostBytes);
  let rows: string[][];
  try {
    rows = [...parseCsv(text)];
  } catch (error) {
    throw wrongLine(path, messageOf(error));
  }
  const head = (rows[0] ?? []).map((name) => name.trim());
  const at = columns.map((name) => head.indexOf(name));
  const missing = columns.filter((_, i) => at[i] < 0);
  if (missing.length > 0)
    throw wrongLine(path, `it has no column ${missing.join(', ')}; those of DPG-Bench are ${columns.join(', ')}`);
  return rows.slice(1).map((cells, i) => {
    const where = `${path}, row ${i + 2}`;
    if (cells.length !== head.length) throw wrongLine(where, `${cells.length} cells, but ${head.length} columns`);
    const [item_id, prompt, proposition_id, dependency, tuple, question_natural_language] = at.map((j) => cells[j]);
    return { item_id, text: prompt, proposition_id, dependency, tuple, question_natural_language, where };
  });
}

function wholeNumber(text: string, name: string, where: string): number {
  if (/^\s*\d+(\.0)?\s*$/.test(text)) return Number(text);
  throw wrongLine(where, `${name} is ${JSON.stringify(text)}, but must be a whole number`);
}

/**
 * Scores answers: the file `…_detail.txt` that DPG-Bench's program writes, or JSON lines with `item_id`, `picture`, `proposition_id` and
 * `answer`. Every answer but yes counts as no.
 */
export async function scoreDpg(table: string, answers: string, options: AlignmentOptions = {}): Promise<DpgScore> {
  const all = await readDpgItems(table);
  const { asked, left } = asAsked(all);
  const given = await readAnswers(answers, all, table);
  const notes = [...leftNote(all, left)];
  const gaps = gapsIn(asked, given, answers);
  if (gaps.length > 0 && options.partial !== true)
    throw new WeftError(
      gaps.join(' '),
      'Ask about the pictures that are missing, or add --partial to score without them.',
    );
  const scored = asked.filter(({ id }) => given.has(id));
  if (scored.length === 0) throw new WeftError(`${answers} has no answers that can be scored.`, null);
  const means: number[] = [];
  const byCategory = new Map<string, boolean[]>();
  let images = 0;
  for (const item of scored) {
    const pictures = [...(given.get(item.id) ?? [])].sort(([a], [b]) => order(a) - order(b));
    const verdicts = pictures.map(
      ([, own]) => new Map(item.questions.map(({ id }) => [id, own.get(id)?.yes === true])),
    );
    images += verdicts.length;
    means.push(meanOf(verdicts.map((yes) => shareWithNeeds(item, yes))));
    for (const { id, category } of item.questions) {
      const said = byCategory.get(category) ?? [];
      byCategory.set(category, said);
      said.push(verdicts[verdicts.length - 1].get(id) === true);
    }
  }
  return {
    prompts: scored.length,
    images,
    score: meanOf(means),
    broad: categoryScores(byCategory, (category) => category.split('-')[0].trim()),
    detailed: categoryScores(byCategory, (category) => category),
    notes: [...notes, ...gaps],
  };
}

/**
 * DPG-Bench's program passes over the first row of its table, and over a prompt in which a question depends on one that is not asked. The
 * official numbers are made so.
 */
function asAsked(all: readonly Item[]): { readonly asked: readonly Item[]; readonly left: readonly string[] } {
  const without = all.map((item, i) => (i === 0 ? { ...item, questions: item.questions.slice(1) } : item));
  const isWhole = ({ questions }: Item): boolean => {
    const ids = new Set(questions.map(({ id }) => id));
    return questions.length > 0 && questions.every(({ needs }) => needs.every((id) => ids.has(id)));
  };
  return { asked: without.filter(isWhole), left: without.filter((item) => !isWhole(item)).map(({ id }) => id) };
}

function leftNote([first]: readonly Item[], left: readonly string[]): string[] {
  const row = `As in DPG-Bench's own program the first row of the table, of ${first.id}, is left out`;
  return [
    left.length === 0
      ? `${row}.`
      : `${row}, and prompts with a question that depends on one not asked: ${someOf(left, 5)}.`,
  ];
}

/** The share of yes; a question is not asked if one that it needs was answered with no, or not asked. */
function shareWithNeeds({ questions }: Item, yes: ReadonlyMap<number, boolean>): number {
  const counts = new Map(yes);
  for (const { id, needs } of questions) if (needs.some((need) => counts.get(need) === false)) counts.set(id, false);
  return meanOf([...counts.values()].map(Number));
}

async function readAnswers(path: string, items: readonly Item[], table: string): Promise<Answers> {
  const known = new Map(items.map((item) => [item.id, item]));
  const answers: Answers = new Map();
  for (const { text, where } of await readLines(path)) {
    const said = text.trimStart().startsWith('{') ? jsonAnswer(text, where) : detailAnswer(text, where);
    const item = known.get(said.item);
    if (!item) throw wrongLine(where, `${said.item} is no prompt of ${table}`);
    for (const [id, answer] of said.of(item)) {
      const pictures = answers.get(item.id) ?? new Map<string, Map<number, { yes: boolean; where: string }>>();
      answers.set(item.id, pictures);
      const own = pictures.get(said.picture) ?? new Map<number, { yes: boolean; where: string }>();
      pictures.set(said.picture, own);
      const [yes, before] = [answer === 'yes', own.get(id)];
      if (before && before.yes !== yes)
        throw wrongLine(where, `proposition ${id} of ${item.id} has another answer in ${before.where}`);
      own.set(id, { yes, where });
    }
  }
  if (answers.size > 0) return answers;
  throw new WeftError(`${path} has no answers.`, null);
}

interface Said {
  readonly item: string;
  readonly picture: string;
  /** The propositions that it answers: several if they have the same question. */
  of(item: Item): [number, string][];
}

/** `out/partiprompts0.png, (0, 0, 512, 512), Is there a dog?, yes` */
function detailAnswer(text: string, where: string): Said {
  const match = /^(.*?), (\(\d+, \d+, \d+, \d+\)|None), (.*)$/.exec(text);
  if (!match)
    throw wrongLine(where, 'it is neither "PICTURE, (LEFT, TOP, RIGHT, BOTTOM), QUESTION, ANSWER" nor a JSON object');
  const [, path, picture, rest] = match;
  return {
    item: path.slice(path.lastIndexOf('/') + 1).split('.')[0],
    picture,
    of: ({ id: item, questions }) => {
      // A question may have commas, and may begin as a shorter one does.
      const asked = questions.filter(({ question }) => rest.startsWith(`${question}, `));
      const longest = Math.max(0, ...asked.map(({ question }) => question.length));
      const same = asked.filter(({ question }) => question.length === longest);
      if (same.length === 0) throw wrongLine(where, `${item} has no question that ${JSON.stringify(rest)} begins with`);
      return same.map(({ id }) => [id, rest.slice(longest + 2).trim()]);
    },
  };
}

function jsonAnswer(text: string, where: string): Said {
  const line = parsedLine(text, where);
  const { picture = 0, proposition_id: id } = line.fields;
  const answer = textOf(line, 'answer');
  if (!isCount(picture)) throw wrongLine(where, 'picture must be a whole number from 0');
  if (!isCount(id)) throw wrongLine(where, 'proposition_id must be a whole number');
  return {
    item: textOf(line, 'item_id'),
    picture: String(picture),
    of: (item) => {
      if (item.questions.some((question) => question.id === id)) return [[id, answer]];
      throw wrongLine(where, `${item.id} has no proposition ${id}`);
    },
  };
}

function isCount(x: unknown): x is number {
  return typeof x === 'number' && Number.isInteger(x) && x >= 0;
}

/** Prompts without answers, with fewer pictures than others, and pictures without an answer to each question. */
function gapsIn(items: readonly Item[], answers: Answers, path: string): string[] {
  const of = (id: string): number => answers.get(id)?.size ?? 0;
  const most = Math.max(...items.map(({ id }) => of(id)));
  const none = items.filter(({ id }) => of(id) === 0).map(({ id }) => id);
  const fewer = items.filter(({ id }) => of(id) > 0 && of(id) < most).map(({ id }) => id);
  const open = items.flatMap(({ id, questions }) =>
    [...(answers.get(id) ?? [])].flatMap(([picture, own]) =>
      questions
        .filter((question) => !own.has(question.id))
        .map((question) => `${id} ${picture} proposition ${question.id}`),
    ),
  );
  // A question without an answer would count as no, which nobody said.
  if (open.length > 0)
    throw new WeftError(
      `${path} has no answer to ${open.length} questions about pictures it knows: ${someOf(open, 3)}.`,
      null,
    );
  return [
    ...(none.length > 0
      ? [`${path} has no answers for ${none.length} of ${items.length} prompts: ${someOf(none, 3)}.`]
      : []),
    ...(fewer.length > 0
      ? [
          `${fewer.length} of ${items.length} prompts have fewer pictures than the ${most} of others: ${someOf(fewer, 3)}.`,
        ]
      : []),
  ];
}

/** Pictures in the order in which they are asked about: by number, or by row and column of their grid. */
function order(picture: string): number {
  const numbers = (picture.match(/\d+/g) ?? ['0']).map(Number);
  return numbers.length < 4 ? numbers[0] : numbers[1] * 1e6 + numbers[0];
}

function categoryScores(
  said: ReadonlyMap<string, readonly boolean[]>,
  name: (category: string) => string,
): CategoryScore[] {
  const together = new Map<string, boolean[]>();
  for (const [category, answers] of said) {
    together.set(name(category), [...(together.get(name(category)) ?? []), ...answers]);
  }
  return [...together]
    .map(([category, answers]) => ({ category, score: meanOf(answers.map(Number)), questions: answers.length }))
    .sort((a, b) => (a.category < b.category ? -1 : 1));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
