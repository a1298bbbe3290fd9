/**
 * How often every piece of code runs for a text and for one four times as long, counted by V8: what grows with the square
 * of a text is seen in it where it takes no time yet. Prints, as JSON, the texts whose work grows so, with where it does.
 */
import { Session } from 'node:inspector';
import { largeInputs } from '../../fuzz/front/large';
import { renderText } from '../../src/compiler/diagnostics/render';
import { openSpec } from '../../src/spec/open';

/** Characters of the shortest text. */
const size = 3000;
/** What four times the text may take, as a multiple: the square would be 16, and a sort is below 5. */
const mostGrowth = 8;
/** Fewer turns than that cost nothing: what a short text never reached may start in a longer one. */
const leastTurns = 20_000;

/** Turns of each piece of code, by its place. */
type Turns = ReadonlyMap<string, number>;

interface Covered {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
    }[];
  }[];
}

const session = new Session();
session.connect();

/** The inspector of the own process answers at once. */
function ask<T>(post: (answer: (error: Error | null, found: T) => void) => void): T {
  let given: T | undefined;
  post((error, found) => {
    if (error) throw error;
    given = found;
  });
  if (given === undefined) throw new Error('the inspector gave no answer');
  return given;
}

function covered(): Covered {
  return ask((answer) => session.post('Profiler.takePreciseCoverage', answer));
}

function answerTo(text: string): void {
  const { spec } = openSpec('specs/large.weft', { text, elaborateModels: true });
  renderText(spec.diagnostics);
}

function turnsOf(make: (size: number) => string, length: number): Turns {
  covered();
  answerTo(make(length));
  const turns = new Map<string, number>();
  for (const { url, functions } of covered().result) {
    if (!url.startsWith('file:')) continue;
    for (const { functionName, ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        const place = `${functionName || 'a function'} ${url.replace(/.*\//, '')}:${startOffset}-${endOffset}`;
        turns.set(place, (turns.get(place) ?? 0) + count);
      }
    }
  }
  return turns;
}

/** Pieces of code whose turns grow too much from one text to the other. */
function growing(less: Turns, more: Turns): string[] {
  return [...more].flatMap(([place, count]) =>
    count > leastTurns && count > mostGrowth * (less.get(place) ?? 0) ? [place] : [],
  );
}

/** What grows twice over: neither what a limit of the language ends, nor what only longer texts reach. */
function quadratic(make: (size: number) => string): string[] {
  const [short, long] = [turnsOf(make, size), turnsOf(make, 4 * size)];
  const suspects = new Set(growing(short, long));
  if (suspects.size === 0) return [];
  return growing(long, turnsOf(make, 16 * size)).filter((place) => suspects.has(place));
}

ask((answer) => session.post('Profiler.enable', (error) => answer(error, null)));
ask((answer) =>
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true }, (error) => answer(error, null)),
);
// What is done once in a process is done here.
Object.values(largeInputs)
  .slice(0, 3)
  .forEach((make) => answerTo(make(size)));
const texts = process.argv[2] === '--pairs' ? { pairs } : largeInputs;
const found = Object.entries(texts).flatMap(([what, make]) => {
  const places = quadratic(make);
  return places.length > 0 ? [[what, places.slice(0, 5)]] : [];
});
console.log(JSON.stringify(Object.fromEntries(found)));

/** Spaces, with work that grows with the square of their number: what must be found. */
function pairs(length: number): string {
  const letters = Array.from({ length: length / 10 }, () => ' ');
  return letters.filter((a) => letters.every((b) => isPair(a, b))).join('');
}

function isPair(a: string, b: string): boolean {
  return a === b;
}
