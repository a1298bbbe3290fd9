/** The parts of a message that shows values, such as `{name}` and `{grid.area}`. Only the binder reads them. */
// Tested by test/diagnostics/cases.test.ts.
import { joinSpans } from '../source';
import type { Expression, Identifier, StringLiteral } from './ast';
import { readString } from './literals';

/** Text, or a path in braces: a name, and the members taken of it one after the other. */
export type MessagePart =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'value'; readonly value: Expression };

const piece = /\\(?:u\{[0-9a-fA-F]{1,6}\}|[^])|\{([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\}/g;

const partsOf = new WeakMap<StringLiteral, readonly MessagePart[]>();

/** The parts of a message in order. An escaped brace is text, and so are braces around anything but a path. */
export function messageParts(message: StringLiteral): readonly MessagePart[] {
  const known = partsOf.get(message);
  if (known) return known;
  const parts = readParts(message);
  partsOf.set(message, parts);
  return parts;
}

function readParts({ span }: StringLiteral): MessagePart[] {
  const written = span.source.text.slice(span.start + 1, span.end - 1);
  const parts: MessagePart[] = [];
  let done = 0;
  const addText = (end: number): void => {
    const text = readString(`"${written.slice(done, end)}"`, span, () => undefined);
    if (text) parts.push({ kind: 'text', text });
  };
  for (const match of written.matchAll(piece)) {
    if (match[1] === undefined) continue;
    addText(match.index);
    const [name, ...members] = identifiers(match[1], span.start + 2 + match.index, span);
    parts.push({ kind: 'value', value: members.reduce(memberOf, { kind: 'name', ...name }) });
    done = match.index + match[0].length;
  }
  addText(written.length);
  return parts;
}

function memberOf(object: Expression, property: Identifier): Expression {
  return { kind: 'member', span: joinSpans(object.span, property.span), object, property };
}

/** The identifiers of a dotted path that begins at `start`. */
function identifiers(path: string, start: number, { source }: StringLiteral['span']): Identifier[] {
  let at = start;
  return path.split('.').map((name) => {
    const span = { source, start: at, end: at + name.length };
    at = span.end + 1;
    return { name, span };
  });
}
