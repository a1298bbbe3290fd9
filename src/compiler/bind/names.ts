/** What the names of a spec mean. Each is decided once; elaboration and editors ask here and never look one up by its text. */
// Tested by test/compiler/bind/bind.test.ts.
import { invariant } from '../invariant';
import type { Visible } from '../link/load';
import type { Span } from '../source';
import type { Expression, Identifier, Name } from '../syntax/ast';
import { parameterNamed } from './bind-call';
import type { NameBinding } from './scope';
import type { Signature } from './signature';

export type Meaning =
  /** A name bound in the same body: a parameter, a dimension, a `let` and the like. */
  | { readonly kind: 'local'; readonly binding: NameBinding }
  /** A block or model of the file, or one that it imports. */
  | ({ readonly kind: 'declaration' } & Visible)
  /** A word of the language. */
  | { readonly kind: 'word'; readonly name: string }
  /** A value of a parameter with choices, such as `pre` of `pre | post`. */
  | { readonly kind: 'choice'; readonly name: string }
  /** A name in front of an argument: its parameter, with the place of its declaration; null if no spec declares it. */
  | { readonly kind: 'parameter'; readonly callee: string; readonly name: string; readonly place: Span | null }
  /** An unknown name, which has been reported. */
  | { readonly kind: 'unknown' };

/** Which argument goes to which parameter: indices from 0 into the list of arguments, a piped value first. */
export interface Match {
  readonly given: ReadonlyMap<string, number>;
  readonly rest: readonly number[];
  readonly extra: readonly number[];
  /** Whether some argument did not match; this has been reported. */
  readonly failed: boolean;
}

/** One use of a name, and what the name means there. */
export interface Use {
  readonly span: Span;
  readonly meaning: Meaning;
}

export class Names {
  private readonly meanings = new WeakMap<Name | Identifier, Meaning>();
  private readonly matches = new WeakMap<Expression, Match>();
  private readonly used: Use[] = [];

  /** Every use of a name, in the order in which they were bound. */
  get uses(): readonly Use[] {
    return this.used;
  }

  settle(name: Name | Identifier, meaning: Meaning): void {
    this.meanings.set(name, meaning);
    this.used.push({ span: name.span, meaning });
  }

  /** Settles names of values that are in no file: where they are used is not kept, since there may be any number of them. */
  withoutUses(bind: () => void): void {
    const { length } = this.used;
    bind();
    this.used.length = length;
  }

  meaningOf(name: Name | Identifier): Meaning {
    const meaning = this.meanings.get(name);
    invariant(meaning !== undefined, `the name ${name.name} was never bound`);
    return meaning;
  }

  /** Settles the name in front of an argument, which is the name of a parameter. */
  settleArgument(signature: Signature, name: Identifier): void {
    const { callee, openNames } = signature;
    const parameter = parameterNamed(signature, name.name);
    const isKnown = parameter !== undefined || openNames === true;
    this.settle(
      name,
      isKnown ? { kind: 'parameter', callee, name: name.name, place: parameter?.place ?? null } : { kind: 'unknown' },
    );
  }

  settleCall(site: Expression, match: Match): void {
    this.matches.set(site, match);
  }

  /** How the arguments of a call match; null if this is known only when the call runs, as for a function passed as a value. */
  matchOf(site: Expression): Match | null {
    return this.matches.get(site) ?? null;
  }
}
