/** The grammar as data: chevrotain's serialised productions, with lists shown as lists. */
import type { ISerializedGast } from 'chevrotain';

/** Any production, with the fields its `type` has. */
export interface Production extends ISerializedGast {
  readonly name?: string;
  readonly label?: string;
  readonly separator?: Production;
  readonly definition?: Production[];
}

/** The rules in the order of the parser. */
export function readRules(serialized: readonly ISerializedGast[]): Production[] {
  return serialized.map((rule) => withLists(rule as Production));
}

/**
 * The parser reads `{ item [","] }` so that a forgotten comma does not stop it, and reports it afterwards. What is right
 * is `[ item { "," item } [","] ]`, and that is what a reference shows.
 */
function withLists(p: Production): Production {
  const definition = p.definition?.map(withLists);
  if (p.type !== 'Repetition' || !definition || !isComma(definition[definition.length - 1]))
    return { ...p, definition };
  const [separator] = definition[definition.length - 1].definition ?? [];
  const items: Production = {
    type: 'RepetitionMandatoryWithSeparator',
    definition: definition.slice(0, -1),
    separator,
  };
  return { type: 'Option', definition: [items, definition[definition.length - 1]] };
}

function isComma(p: Production | undefined): boolean {
  return p?.type === 'Option' && p.definition?.length === 1 && p.definition[0].name === 'Comma';
}
