/** How a callee's parameters are written, for messages. */
import type { Expression, Parameter, TypeNode } from '../syntax/ast';

/** `DiT(x: [n, d], cond: [d], heads: Int, grid: Size)` */
export function signatureOf(name: string, parameters: readonly Parameter[]): string {
  const items = parameters.map((p) => {
    const type = p.type ? `: ${formatType(p.type)}` : '';
    return `${p.name.name}${type}${p.default ? ` = ${sourceOf(p.default)}` : ''}`;
  });
  return `${name}(${items.join(', ')})`;
}

export function formatType(type: TypeNode): string {
  return sourceOf(type);
}

/** The text an expression or type was read from, on one line. */
export function sourceOf(node: Expression | TypeNode): string {
  return node.span.source.text.slice(node.span.start, node.span.end).replace(/\s+/g, ' ');
}
