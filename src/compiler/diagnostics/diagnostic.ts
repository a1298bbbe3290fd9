/** Diagnostics: facts about what is wrong, typed by the catalog. The catalog and the renderer turn them into text. */
// Tested by test/compiler/diagnostics/render.test.ts.
import type { Span } from '../source';
import { catalog, type Code, type Facts } from './catalog';
import { printableMessage } from './printable';

export type Severity = 'error' | 'warning';

export interface Related {
  readonly span: Span;
  readonly message: string;
}

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly span: Span;
  readonly title: string;
  readonly message: string;
  readonly hint: string | null;
  /** The place the expectation comes from, when there is one; then the calls that led here, innermost first. */
  readonly related: readonly Related[];
}

/**
 * Builds a diagnostic from the facts its catalog entry asks for; `origin` is the place for its `related` text. Facts that
 * are expensive to find, such as names similar to an unknown one, are passed as a function: of thousands of problems few are shown.
 */
export function diagnose<C extends Code>(
  code: C,
  span: Span,
  facts: Facts<C> | (() => Facts<C>),
  origin: Span | null = null,
): Diagnostic {
  const entries: { readonly [K in Code]: CatalogEntry<Facts<K>> } = catalog;
  const entry = entries[code];
  const words = (known: Facts<C>): Words => ({
    message: shortened(entry.message(known)),
    hint: shortened(entry.hint?.(known) ?? '') || null,
    related: origin && entry.related ? [{ span: origin, message: shortened(entry.related(known)) }] : [],
  });
  const { severity, title } = entry;
  if (!isLazy<Facts<C>>(facts)) return { code, severity, span, title, ...words(facts) };
  return whenRead({ code, severity, span, title }, () => words(facts()));
}

/** The texts of a diagnostic that follow from its facts. */
type Words = Pick<Diagnostic, 'message' | 'hint' | 'related'>;

function isLazy<F>(facts: F | (() => F)): facts is () => F {
  return typeof facts === 'function';
}

/** The diagnostic with more related places; its texts are still made only when they are read. */
export function withTrail(d: Diagnostic, trail: readonly Related[]): Diagnostic {
  if (trail.length === 0) return d;
  const { code, severity, span, title } = d;
  const words = (): Words => ({ message: d.message, hint: d.hint, related: [...d.related, ...trail] });
  return whenRead({ code, severity, span, title }, words);
}

/** A diagnostic whose texts are made when the first of them is read. */
function whenRead(fixed: Omit<Diagnostic, keyof Words>, words: () => Words): Diagnostic {
  let told: Words | null = null;
  const tell = (): Words => (told ??= words());
  return {
    ...fixed,
    get message() {
      return tell().message;
    },
    get hint() {
      return tell().hint;
    },
    get related() {
      return tell().related;
    },
  };
}

/** Longest message, in characters: names and strings in it can have any length. */
const longestText = 1000;

function shortened(text: string): string {
  if (text.length <= longestText) return text;
  return `${text.slice(0, longestText - 100)} … ${text.slice(-100)}`;
}

/** One entry of the catalog; see catalog.ts. */
export interface CatalogEntry<F> {
  readonly severity: Severity;
  readonly title: string;
  readonly message: (facts: F) => string;
  readonly hint?: (facts: F) => string;
  readonly related?: (facts: F) => string;
}

/** Thrown by outer layers (files, weights, environment) to report diagnostics-free failures with an exit code and a fix. */
export class WeftError extends Error {
  override readonly name = 'WeftError';
  /** How to fix it. */
  readonly hint: string | null;
  constructor(
    /** What is wrong, where and why. */
    message: string,
    hint: string | null = null,
    /** 1: the spec or input is wrong; 2: usage; 3: the environment lacks something. */
    readonly exitCode: 1 | 2 | 3 = 1,
  ) {
    super(printableMessage(message));
    this.hint = hint && printableMessage(hint);
  }
}
