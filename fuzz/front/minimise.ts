/** Makes an input smaller as long as it still shows what it showed. */

/** The smallest text found with at most `tries` questions: lines are left out first, then tokens. */
export async function minimise(
  text: string,
  shows: (candidate: string) => Promise<boolean>,
  tries: number,
): Promise<string> {
  let left = tries;
  const ask = async (candidate: string): Promise<boolean> => left-- > 0 && (await shows(candidate));
  const byLine = await shrink(text.split(/(?<=\n)/), ask);
  const byToken = await shrink(byLine.match(/\w+|\s+|[^\w\s]/g) ?? [], ask);
  return byToken;
}

/** Leaves out ever smaller runs of pieces. */
async function shrink(pieces: readonly string[], shows: (candidate: string) => Promise<boolean>): Promise<string> {
  let kept = [...pieces];
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let at = 0; at < kept.length;) {
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (await shows(fewer.join(''))) kept = fewer;
      else at += size;
    }
  }
  return kept.join('');
}
