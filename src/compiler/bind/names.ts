/** What the names of a spec mean: settled once, so that nobody looks one up by its text again. Elaboration and editors ask here. */
// Tested by test/compiler/bind/bind.test.ts.
import { invariant } from '../invariant';
import type { Visible } from '../link/load';
import type { Span } from '../source';
import type { Expression, Identifier, Name } from '../syntax/ast';
import type { NameBinding } from './scope';

export type Meaning =
  /** Bound in the body where it stands: a parameter, a dimension, a `let` and the like. */
  | { readonly kind: 'local'; readonly binding: NameBinding }
  /** A block or model of the file, or one that it imports. */
  | ({ readonly kind: 'declaration' } & Visible)
  /** A word of the language. */
  | { readonly kind: 'word'; readonly name: string }
  /** A value of a parameter with choices, such as `pre` of `pre | post`. */
  | { readonly kind: 'choice'; readonly name: string }
  /** In front of an argument: the parameter that it is for, with the place where that is declared in a spec. */
  | { readonly kind: 'parameter'; readonly callee: string; readonly name: string; readonly place: Span | null }
  /** Nothing; that has been reported. */
  | { readonly kind: 'unknown' };

/** Which argument goes to which parameter: positions in the list of what is given, a piped value first. */
export interface Match {
  readonly given: ReadonlyMap<string, number>;
  readonly rest: readonly number[];
  readonly extra: readonly number[];
  /** Whether something did not match, which has been reported. */
  readonly failed: boolean;
}

/** A name where it is used, and what it stands for there. */
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

  meaningOf(name: Name | Identifier): Meaning {
    const meaning = this.meanings.get(name);
    invariant(meaning !== undefined, `the name ${name.name} was never bound`);
    return meaning;
  }

  settleCall(site: Expression, match: Match): void {
    this.matches.set(site, match);
  }

  /** How a call matches what it calls; null where that is known only when it is called, as with a function that is passed on. */
  matchOf(site: Expression): Match | null {
    return this.matches.get(site) ?? null;
  }
}
