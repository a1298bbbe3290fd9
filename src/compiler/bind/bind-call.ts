/** Matches the arguments of a call with parameters. Only this file looks for unknown, repeated, missing and surplus arguments. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { suggest } from '../diagnostics/suggest';
import { joinSpans, type Span } from '../source';
import type { Argument, Expression, Identifier } from '../syntax/ast';
import { adviceOn, aliasOf } from './aliases';
import type { Parameter, Signature } from './signature';

/** An argument of a call; `span` is the place of its value. */
export interface Given {
  readonly name: Identifier | null;
  readonly span: Span;
}

export interface Bound<A extends Given> {
  /** Arguments by the name of their parameter; if one is given several times, the first. */
  readonly given: ReadonlyMap<string, A>;
  /** Arguments without a name, if the callee takes any number of them. */
  readonly rest: readonly A[];
  /** Arguments with a name that is not a parameter's, if the callee accepts such names. */
  readonly extra: readonly A[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Matches `args` with a signature; `span` is the call, at which a missing argument is reported. */
export function bindCall<A extends Given>(signature: Signature, args: readonly A[], span: Span): Bound<A> {
  const { takes, rest: restName, openNames = false } = signature;
  const { names, known, required } = indexOf(signature);
  const words = wordings[takes](signature);
  const given = new Map<string, A>();
  const positions = new Map<A, number>();
  const rest: A[] = [];
  const extra = new Map<string, A>();
  const diagnostics: Diagnostic[] = [];
  const accept = (into: Map<string, A>, name: string, a: A): void => {
    const first = into.get(name);
    if (first) diagnostics.push(words.repeated(name, positions.get(first) ?? 0, placeOf(a), wholeOf(first)));
    else into.set(name, a);
  };
  /** The indices of arguments that match nothing. Only the first is reported. */
  const surplus: number[] = [];
  let unnamed = 0;
  args.forEach((a, i) => {
    if (a.name) {
      const { name } = a.name;
      if (known.has(name) && !(openNames && positions.has(given.get(name)!))) accept(given, name, a);
      else if (openNames) accept(extra, name, a);
      else if (name) diagnostics.push(words.unknown(a.name, names));
      return;
    }
    if (restName !== undefined) rest.push(a);
    else if (takes === 'arguments' && unnamed < names.length) {
      positions.set(a, i + 1);
      accept(given, names[unnamed++], a);
    } else surplus.push(i);
  });
  if (surplus.length > 0) diagnostics.push(words.surplus(args[surplus[0]].span, surplus[0] + 1, surplus.length > 1));
  const missing = (count: number): Parameter[] => {
    const absent: Parameter[] = restName !== undefined && rest.length === 0 ? [{ name: restName, required: true }] : [];
    for (const p of required) {
      if (absent.length >= count) break;
      if (!given.has(p.name)) absent.push(p);
    }
    return absent;
  };
  for (const d of words.missing(missing, span, diagnostics.length > 0)) diagnostics.push(d);
  return { given, rest, extra: [...extra.values()], diagnostics };
}

/** The parameters of a signature in a form for fast look-up, made once for all its calls. */
interface Index {
  readonly names: readonly string[];
  readonly known: ReadonlyMap<string, Parameter>;
  readonly required: readonly Parameter[];
}

/** The parameter of a name; undefined if a signature has none. */
export function parameterNamed(signature: Signature, name: string): Parameter | undefined {
  return indexOf(signature).known.get(name);
}

const indices = new WeakMap<readonly Parameter[], Index>();

function indexOf({ parameters }: Signature): Index {
  const made = indices.get(parameters);
  if (made) return made;
  const names = parameters.map((p) => p.name);
  const index = {
    names,
    known: new Map(parameters.map((p) => [p.name, p])),
    required: parameters.filter((p) => p.required),
  };
  indices.set(parameters, index);
  return index;
}

export interface WrittenArgument extends Given {
  readonly value: Expression;
}

/** The arguments of the syntax tree in the form in which they are matched. */
export function writtenArguments(args: readonly Argument[]): WrittenArgument[] {
  return args.map(({ name, value }) => ({ name, value, span: value.span }));
}

function placeOf(a: Given): Span {
  return a.name?.span ?? a.span;
}

function wholeOf({ name, span }: Given): Span {
  return name && name.span.source === span.source ? joinSpans(name.span, span) : span;
}

/** The diagnostics for arguments that do not match. */
interface Wording {
  unknown(name: Identifier, names: readonly string[]): Diagnostic;
  /** `more`: whether further surplus arguments follow. */
  surplus(span: Span, number: number, more: boolean): Diagnostic;
  /** `position` is the position of the first one among the arguments, from 1; 0 if it has a name. */
  repeated(name: string, position: number, span: Span, first: Span): Diagnostic;
  /** `absent` gives the first parameters without a value; `otherwise`: whether the call has other errors. */
  missing(absent: (count: number) => readonly Parameter[], span: Span, otherwise: boolean): Diagnostic[];
}

const wordings: { readonly [T in Signature['takes']]: (signature: Signature) => Wording } = {
  arguments: ({ callee, written: signature }) => ({
    unknown: ({ name, span }, names) =>
      diagnose('unexpected-argument', span, () => ({
        callee,
        argument: `argument \`${name}\``,
        signature,
        ...known(name, names),
      })),
    surplus: (span, number, more) =>
      diagnose('unexpected-argument', span, {
        callee,
        argument: `argument number ${number}${more ? ', nor any after it' : ''}`,
        signature,
        suggestion: '',
        alias: null,
      }),
    repeated: (name, position, span, first) => diagnose('duplicate-argument', span, { callee, name, position }, first),
    // If there are other errors, the missing argument is probably one with a misspelt name.
    missing: (absent, span, otherwise) => {
      const [first] = otherwise ? [] : absent(1);
      if (!first) return [];
      const facts = { callee, argument: first.name, signature };
      return [diagnose('missing-argument', span, facts, first.place ?? null)];
    },
  }),
  'hyper-parameters': (signature) => {
    const { callee } = signature;
    const { names } = indexOf(signature);
    return {
      unknown: ({ name, span }) =>
        diagnose('unknown-hyperparameter', span, () => ({
          model: callee,
          name,
          ...known(name, names),
          known: names.join(', '),
        })),
      surplus: (span) => diagnose('unnamed-hyperparameter', span, () => ({ model: callee, names })),
      repeated: (name, position, span, first) =>
        diagnose('duplicate-argument', span, { callee, name, position }, first),
      // A variant of this variant may give it, so elaboration checks it.
      missing: () => [],
    };
  },
  settings: ({ callee: section, parameters }) => ({
    unknown: ({ name, span }, names) =>
      diagnose('unknown-setting', span, () => ({
        section,
        setting: name,
        ...known(name, names),
        advice: adviceOn(section, name),
        known: names.join(', '),
      })),
    surplus: (span, number) =>
      diagnose('unknown-setting', span, () => ({
        section,
        setting: `number ${number}`,
        suggestion: '',
        alias: null,
        known: parameters.map((p) => p.name).join(', '),
      })),
    repeated: (setting, _position, span, first) => diagnose('duplicate-setting', span, { setting }, first),
    missing: (absent, span) =>
      absent(Infinity).map(({ name, example = `${name} = …` }) =>
        diagnose('missing-setting', span, { section, setting: name, example }),
      ),
  }),
};

/** What an unknown name may mean: another word for a parameter, or a misspelt parameter. */
export function known(
  name: string,
  names: readonly string[],
): { readonly suggestion: string; readonly alias: string | null } {
  return { alias: aliasOf(name, names), suggestion: suggest(name, names).join(' or ') };
}
