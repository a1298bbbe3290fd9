/** Makes a model smaller while it still shows what is wrong. */

/** The model without the statements it can do without, last ones first. */
export async function smaller(text: string, shows: (text: string) => Promise<boolean>): Promise<string> {
  let kept = text;
  for (let i = kept.split('\n').length - 1; i > 0; i--) {
    const lines = kept.split('\n');
    const line = lines[i]?.trim() ?? '';
    const candidates = line.startsWith('output ')
      ? [lines.with(i, lines[i].replace(/= noisy .*/, '= noisy'))]
      : /^(tap|let|input (label|extra|seen)) /.test(line)
        ? [lines.toSpliced(i, 1)]
        : [];
    for (const candidate of candidates.map((c) => c.join('\n'))) {
      if (candidate !== kept && (await shows(candidate))) kept = candidate;
    }
  }
  return kept;
}
