/** Studies: tables of models that differ in a few hyper-parameters, from `ablation` and `sweep` sections. */
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { ModelGraph } from '../lower/model';
import type { Span } from '../source';
import type { Argument, Identifier, SettingEntry } from '../syntax/ast';

export interface Study {
  readonly kind: 'ablation' | 'sweep';
  /** As declared; the kind where the section has no name. */
  readonly name: string;
  /** The `///` lines above the section. */
  readonly doc: string;
  readonly cases: readonly StudyCase[];
}

export interface StudyCase {
  /** As written in an ablation; `compaction 64:1, width 768` in a sweep. */
  readonly name: string;
  /** The model it varies. */
  readonly model: string;
  /** Hyper-parameters it sets, as written. */
  readonly changes: { readonly [name: string]: string };
  /** Builds the model, `overrides` last; the diagnostics say why it is null. */
  elaborate(overrides?: { readonly [name: string]: string }): {
    model: ModelGraph | null;
    diagnostics: readonly Diagnostic[];
  };
}

/** A study as the section says it, before its models are looked up. */
export interface WrittenStudy {
  readonly kind: Study['kind'];
  readonly name: string;
  readonly doc: string;
  readonly cases: readonly WrittenCase[];
}

export interface WrittenCase {
  readonly name: string;
  /** Its model with the values of the case; the name of the sweep. */
  readonly span: Span;
  readonly base: Identifier;
  readonly args: readonly Argument[];
}

/**
 * Whether a case that cannot be built is left out, with a word: a sweep comes to combinations that its model rules out by a
 * `require`. The cases of an ablation are chosen one by one, and any other error is a mistake in what is written.
 */
export function isLeftOut({ kind }: Pick<Study, 'kind'>, { code }: Pick<Diagnostic, 'code'>): boolean {
  return kind === 'sweep' && code === 'require-failed';
}

/** `size = 512x512` in a study: an argument of every case. */
export function sharedArguments(entries: readonly { readonly kind: string }[]): Argument[] {
  return entries
    .filter((e): e is SettingEntry => e.kind === 'setting')
    .map((e) => ({ name: e.path[0], value: e.value, span: e.span }));
}

/** The source text of an expression on one line. */
export function sourceText({ span }: { readonly span: Argument['span'] }): string {
  return span.source.text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
}
