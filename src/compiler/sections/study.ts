/** Studies: tables of models that differ in a few hyper-parameters, from `ablation` and `sweep` sections. */
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { ModelGraph } from '../lower/model';
import type { Span } from '../source';
import type { Argument, Identifier, SettingEntry } from '../syntax/ast';

export interface Study {
  readonly kind: 'ablation' | 'sweep';
  /** The declared name; the kind if the section has no name. */
  readonly name: string;
  /** The `///` lines above the section. */
  readonly doc: string;
  readonly cases: readonly StudyCase[];
}

export interface StudyCase {
  /** The name written in an ablation; in a sweep, the values: `compaction 64:1, width 768`. */
  readonly name: string;
  /** The model it varies. */
  readonly model: string;
  /** The source text of the hyper-parameters that it sets. */
  readonly changes: { readonly [name: string]: string };
  /** Builds the model with `overrides` applied last; if it is null, the diagnostics say why. */
  elaborate(overrides?: { readonly [name: string]: string }): {
    model: ModelGraph | null;
    diagnostics: readonly Diagnostic[];
  };
}

/** A study as its section writes it, before its models are looked up. */
export interface WrittenStudy {
  readonly kind: Study['kind'];
  readonly name: string;
  readonly doc: string;
  readonly cases: readonly WrittenCase[];
}

export interface WrittenCase {
  readonly name: string;
  /** The place of the case's model call in an ablation; the place of the name in a sweep. */
  readonly span: Span;
  readonly base: Identifier;
  readonly args: readonly Argument[];
}

/**
 * Whether a case that cannot be built is left out with a warning. A sweep contains combinations that its model rules out by a
 * `require`. The cases of an ablation are chosen one by one, so there, as with any other error, it is a mistake.
 */
export function isLeftOut({ kind }: Pick<Study, 'kind'>, { code }: Pick<Diagnostic, 'code'>): boolean {
  return kind === 'sweep' && code === 'require-failed';
}

/** Settings such as `size = 512x512` in a study, as arguments of every case. */
export function sharedArguments(entries: readonly { readonly kind: string }[]): Argument[] {
  return entries
    .filter((e): e is SettingEntry => e.kind === 'setting')
    .map((e) => ({ name: e.path[0], value: e.value, span: e.span }));
}

/** The source text of an expression on one line. */
export function sourceText({ span }: { readonly span: Argument['span'] }): string {
  return span.source.text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
}
