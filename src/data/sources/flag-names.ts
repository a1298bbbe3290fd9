/** Captions of flags, from the codes in the names that icon packages give them. */
// Tested by test/data/sources/emoji.test.ts.

const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** `fr` → "flag of France", `us-ca` → "flag of United States ca", `lang-fr` → "flag of French", `pirate` → "flag of pirate". */
export function flagCaption(name: string): string {
  const [first, ...rest] = name.split('-');
  if (first === 'lang') return `flag of ${nameOf(languages, rest.join('-')) ?? rest.join(' ')}`;
  const region = first.length === 2 ? nameOf(regions, first.toUpperCase()) : null;
  return ['flag of', region ?? first, ...rest].join(' ');
}

function nameOf(names: Intl.DisplayNames, code: string): string | null {
  try {
    return names.of(code) ?? null;
  } catch {
    return null;
  }
}
