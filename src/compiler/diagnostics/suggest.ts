/** "Did you mean": the known names closest in spelling to an unknown one. */

/** Longer names are not compared: comparing takes time quadratic in their length. */
const longest = 100;

/** At most three of `known` that differ from `name` by a few typing errors, nearest first; a difference in case counts little. */
export function suggest(name: string, known: Iterable<string>): string[] {
  if (name.length > longest) return [];
  // Any letter is one change away from any other, so a name of one letter may differ in case only.
  const most = name.length === 1 ? 0 : Math.max(1, Math.min(3, Math.floor(name.length / 3)));
  const near: { word: string; slips: number }[] = [];
  for (const word of new Set(known)) {
    if (word === name || Math.abs(word.length - name.length) > most) continue;
    const slips = distance(name.toLowerCase(), word.toLowerCase(), most);
    if (slips <= most) near.push({ word, slips });
  }
  return near
    .sort((a, b) => a.slips - b.slips || (a.word < b.word ? -1 : 1))
    .slice(0, 3)
    .map(({ word }) => word);
}

/** The number of letters inserted, dropped, changed, or swapped with a neighbour. If it exceeds `most`, the result is some number above `most`. */
function distance(a: string, b: string, most: number): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1] + Number(a[i - 1] !== b[j - 1]);
      next[j] = Math.min(changed, row[j] + 1, next[j - 1] + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    if (Math.min(...next) > most) return most + 1;
    [before, row] = [row, next];
  }
  return row[b.length];
}
