/** Names in scope while a body is resolved, and whether each was used. */
// Tested by test/compiler/bind/bind.test.ts.
import type { Span } from '../source';

export type BindingKind = 'parameter' | 'dimension' | 'let' | 'statement' | 'function parameter';

export interface NameBinding {
  readonly name: string;
  readonly kind: BindingKind;
  readonly span: Span;
  used: boolean;
}

export class NameScope {
  readonly own = new Map<string, NameBinding>();
  constructor(readonly parent: NameScope | null = null) {}

  /** Binds a name; returns the binding of the same scope that it replaces, or null. */
  bind(name: string, kind: BindingKind, span: Span): NameBinding | null {
    const replaced = this.own.get(name) ?? null;
    if (name) this.own.set(name, { name, kind, span, used: false });
    return replaced;
  }

  lookup(name: string): NameBinding | null {
    return this.own.get(name) ?? this.parent?.lookup(name) ?? null;
  }

  /** Marks this point: the returned function lists every name bound so far, without those that are bound later. */
  mark(): () => string[] {
    const { size } = this.own;
    const outer = this.parent?.mark();
    return () => [...[...this.own.keys()].slice(0, size), ...(outer?.() ?? [])];
  }
}
