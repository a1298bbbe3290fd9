/** Diagnostics: facts about what is wrong, typed by the catalog; words are made from them by the catalog and the renderer. */
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

/** Builds a diagnostic from the facts its catalog entry asks for; `origin` is the place its `related` text speaks of. */
export function diagnose<C extends Code>(
  code: C,
  span: Span,
  facts: Facts<C>,
  origin: Span | null = null,
  trail: readonly Related[] = [],
): Diagnostic {
  const entry = catalog[code] as unknown as CatalogEntry<Facts<C>>;
  const related: Related[] =
    origin && entry.related ? [{ span: origin, message: shortened(entry.related(facts)) }] : [];
  return {
    code,
    severity: entry.severity,
    span,
    title: entry.title,
    message: shortened(entry.message(facts)),
    hint: shortened(entry.hint?.(facts) ?? '') || null,
    related: [...related, ...trail],
  };
}

/** Characters of a message: names and strings in it can be of any length. */
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
