/** Matches a call that is written in a file, and records which parameter each name in front of an argument means. */
// Tested by test/compiler/ask.test.ts.
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { Span } from '../source';
import type { Argument } from '../syntax/ast';
import { bindCall, writtenArguments, type Given } from './bind-call';
import type { Match, Names } from './names';
import type { Signature } from './signature';

export interface WrittenCall {
  readonly args: readonly Argument[];
  /** The place at which a missing argument is reported. */
  readonly span: Span;
  /** The place of a value that is piped in front of the arguments. */
  readonly piped?: Span | null;
}

/** An argument with its position among those given. */
interface Placed extends Given {
  readonly at: number;
}

export function matchCall(
  names: Names,
  signature: Signature,
  { args, span, piped }: WrittenCall,
): { readonly match: Match; readonly diagnostics: readonly Diagnostic[] } {
  const all: Given[] = [...(piped ? [{ name: null, span: piped }] : []), ...writtenArguments(args)];
  const placed = all.map(({ name, span: place }, at): Placed => ({ name, span: place, at }));
  const { given, rest, extra, diagnostics } = bindCall(signature, placed, span);
  for (const { name } of args) if (name) names.settleArgument(signature, name);
  const at = (a: Placed): number => a.at;
  const match: Match = {
    given: new Map([...given].map(([name, a]) => [name, at(a)])),
    rest: rest.map(at),
    extra: extra.map(at),
    failed: diagnostics.length > 0,
  };
  return { match, diagnostics };
}
