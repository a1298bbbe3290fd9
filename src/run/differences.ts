/** Differences between two plain values, such as settings before and now. */
// Tested by test/train/train.test.ts.
export type Fields = { readonly [name: string]: unknown };

/** Every field in which two plain values differ, by its path: `batch: 4 before, 8 now`. */
export function differences(before: unknown, now: unknown, path = ''): string[] {
  if (isFields(before) && isFields(now) && sidesOf(before) === null) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return names.flatMap((name) => differences(before[name], now[name], path === '' ? name : `${path}.${name}`));
  }
  if (shown(before) === shown(now)) return [];
  const [old, current] = firstDifference(shown(before), shown(now));
  return [`${path}: ${old} before, ${current} now`];
}

/** For texts of several lines, such as that of an objective, the first lines that differ. */
function firstDifference(before: string, now: string): readonly [string, string] {
  const [old, current] = [before, now].map((text) => text.trimEnd().split('\n'));
  if (old.length === 1 && current.length === 1) return [before, now];
  const at = old.findIndex((line, i) => line !== current[i]);
  const line = (lines: readonly string[]): string => `\`${(lines[at < 0 ? old.length : at] ?? '').trim()}\``;
  return [line(old), line(current)];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The numbers of a size or a ratio, as in a spec; null for anything else. */
function sidesOf(value: unknown): string | null {
  if (!isFields(value)) return null;
  if (Array.isArray(value.size)) return value.size.join('x');
  return Array.isArray(value.ratio) ? value.ratio.join(':') : null;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  return sidesOf(value) ?? (typeof value === 'string' ? value : JSON.stringify(value));
}
