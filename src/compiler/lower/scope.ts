/** Lexical scopes: names to values, with the place that bound each. */
// Tested by test/specs/shipped.test.ts.
import type { Span } from '../source';
import type { Parameter } from '../syntax/ast';
import type { Evaluated } from './values';

export interface Binding {
  readonly value: Evaluated;
  readonly span: Span;
}

export class Scope {
  private readonly bindings = new Map<string, Binding>();
  constructor(
    readonly parent: Scope | null = null,
    /** The parameters of the block or model, if this is the scope of its body; empty for other scopes. */
    readonly parameters: readonly Parameter[] = [],
  ) {}

  bind(name: string, value: Evaluated, span: Span): void {
    this.bindings.set(name, { value, span });
  }

  lookup(name: string): Binding | null {
    return this.bindings.get(name) ?? this.parent?.lookup(name) ?? null;
  }

  /** Names bound here, not in parents. */
  get own(): ReadonlyMap<string, Binding> {
    return this.bindings;
  }
}
