/** Signatures: the parameters of blocks, words, types of inputs, settings and models, all in one form. */
// Tested by test/compiler/bind/bind-call.test.ts.
import type { Span } from '../source';
import type { Expression, Lambda, Parameter as ParameterNode, TypeNode } from '../syntax/ast';

export interface Parameter {
  readonly name: string;
  readonly required: boolean;
  /** The place of its declaration, if a spec declares it. */
  readonly place?: Span;
  /** An example of the setting, shown if it is missing. */
  readonly example?: string;
}

export interface Signature {
  /** `linear` */
  readonly callee: string;
  /** As the reference writes it: `linear(x, out, bias: true, init: fan_in)`. */
  readonly written: string;
  readonly parameters: readonly Parameter[];
  /** The kind of arguments: in order or by name, hyper-parameters by name, or settings of a section. */
  readonly takes: 'arguments' | 'hyper-parameters' | 'settings';
  /** The parameter that takes all arguments without a name, as in `concat(a, b)`. */
  readonly rest?: string;
  /** Whether the callee accepts names that are not parameters, such as axes in `rearrange(x, "…", h: 8)`. */
  readonly openNames?: boolean;
}

/** The signature of a declared block or model; made once, since one with many parameters may have as many calls. */
export function declaredSignature(
  callee: string,
  parameters: readonly ParameterNode[],
  takes: Signature['takes'] = 'arguments',
): Signature {
  const known = declaredSignatures[takes].get(parameters);
  if (known) return known;
  const made: Signature = {
    callee,
    written: signatureOf(callee, parameters),
    parameters: parameters.map((p) => ({ name: p.name.name, required: !p.default, place: p.span })),
    takes,
  };
  declaredSignatures[takes].set(parameters, made);
  return made;
}

/** By the list of parameters, which belongs to one declaration only. */
const declaredSignatures: { readonly [T in Signature['takes']]: WeakMap<readonly ParameterNode[], Signature> } = {
  arguments: new WeakMap(),
  'hyper-parameters': new WeakMap(),
  settings: new WeakMap(),
};

/** The signature of `(a, b) => …`, which has no name. */
export function lambdaSignature({ parameters }: Lambda): Signature {
  return {
    callee: 'The function',
    written: `(${parameters.map((p) => p.name).join(', ')}) => …`,
    parameters: parameters.map(({ name, span }) => ({ name, required: true, place: span })),
    takes: 'arguments',
  };
}

/** `DiT(x: [n, d], cond: [d], heads: Int, grid: Size)` */
function signatureOf(name: string, parameters: readonly ParameterNode[]): string {
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
  return node.span.source.text.slice(node.span.start, node.span.end).replace(/\s+/g, ' ').trim();
}
