/** Reads concrete syntax trees that may have holes: after recovery any child can be absent and any offset unknown. */
// Tested by test/compiler/syntax/parse.test.ts.
import type { CstNode, IToken } from 'chevrotain';
import type { Source, Span } from '../source';

/** The children of a node, any of which can be absent after error recovery. */
export type Holey<N extends CstNode> = Partial<N['children']>;

function isToken(element: CstNode | IToken): element is IToken {
  return 'image' in element;
}

/** Half-open offsets of a token or node, null if recovery left nothing there. */
export function offsetsOf(element: CstNode | IToken): { start: number; end: number } | null {
  const { start, end } = isToken(element)
    ? { start: element.startOffset, end: element.endOffset ?? NaN }
    : { start: element.location?.startOffset ?? NaN, end: element.location?.endOffset ?? NaN };
  return Number.isNaN(start) || Number.isNaN(end) ? null : { start, end: Math.max(start, end + 1) };
}

/** The span of a token or node; `fallback` if it has none. */
export function spanOf(source: Source, element: CstNode | IToken | undefined, fallback: Span): Span {
  const offsets = element && offsetsOf(element);
  return offsets ? { source, ...offsets } : fallback;
}
