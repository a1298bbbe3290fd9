/** The facts that name checks share about all loaded files, and those that they find. */
// Tested by test/compiler/bind/bind.test.ts.
import type { Signature } from '../bind/signature';
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { Span } from '../source';
import type { Body, Declaration, Expression, Parameter, TypeNode } from '../syntax/ast';
import { declarationsAt } from '../syntax/declaration-at';
import { Names } from './names';
import { isNamed, type LoadedFile, type NamedDeclaration } from '../link/load';

/** The signature of a word of the language. */
export interface BuiltinSignature {
  readonly signature: Signature;
  /** Whether a call of the word can make weights, which its label then names. */
  readonly makesWeights: boolean;
}

/** One use of a declaration inside another. */
export interface Reference {
  readonly target: NamedDeclaration;
  readonly span: Span;
  /** Whether an `if` decides if the use is reached. */
  readonly conditional: boolean;
}

export class World {
  readonly diagnostics: Diagnostic[] = [];
  /** The declarations each declaration uses. */
  readonly references = new Map<NamedDeclaration, Reference[]>();
  /** Declarations that use a name whose import failed, or a gap the parser left. */
  readonly incomplete = new Set<NamedDeclaration>();
  /** The names that each file uses; imports of any other name are reported as unused. */
  readonly used = new Map<LoadedFile, Set<string>>();
  /** The words of all choice types; they are values if such a parameter is passed or compared. */
  readonly choiceWords: ReadonlySet<string>;

  readonly names = new Names();

  constructor(
    readonly files: readonly LoadedFile[],
    readonly builtins: ReadonlyMap<string, BuiltinSignature>,
    /** Finds the shipped file that declares a name. */
    readonly locate: (name: string) => string | null,
  ) {
    this.choiceWords = new Set(files.flatMap((f) => f.file.declarations.filter(isNamed).flatMap(choicesOf)));
  }

  report(d: Diagnostic): void {
    this.diagnostics.push(d);
  }

  use(file: LoadedFile, name: string): void {
    const names = this.used.get(file) ?? new Set();
    this.used.set(file, names.add(name));
  }

  refer(from: NamedDeclaration, reference: Reference): void {
    const known = this.references.get(from);
    if (known) known.push(reference);
    else this.references.set(from, [reference]);
  }
}

function choicesOf(d: NamedDeclaration): string[] {
  if (d.kind === 'variant') return [];
  return d.parameters.flatMap((p: Parameter) =>
    p.type?.kind === 'choice-type' ? p.type.words.map((w) => w.name) : [],
  );
}

/** The declarations of which the parser lost a part; all of them if the lost part is outside every declaration. */
export function withGaps({ file, gaps }: LoadedFile): ReadonlySet<Declaration> {
  const homes = gaps.map((gap) => declarationsAt(file, gap.start));
  return new Set(homes.some((found) => found.length === 0) ? file.declarations : homes.flat());
}

/** Whether a body ends in a value, or in a static `if` with a value in both branches. */
export function hasValue(body: Body): boolean {
  return (
    body.result !== null ||
    body.statements.some(
      (s) => s.kind === 'if-statement' && s.otherwise !== null && hasValue(s.then) && hasValue(s.otherwise),
    )
  );
}

/** The names in a type that may be bound to sizes of axes. */
export function dimensionNames(type: TypeNode): (Expression & { readonly kind: 'name' })[] {
  if (type.kind === 'tuple-type') return type.items.flatMap(dimensionNames);
  if (type.kind !== 'tensor-type') return [];
  return type.dims.flatMap((e) => (e.kind === 'name' && e.name !== '...' ? [e] : []));
}
