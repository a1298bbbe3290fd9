/** Decides what every name of all loaded files means, before anything is built: declarations, imports, uses and calls. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { Source } from '../source';
import type { Expression } from '../syntax/ast';
import type { LoadedFile, NamedDeclaration } from '../link/load';
import { BodyBinder } from './bind-body';
import type { Names } from './names';
import { NameScope } from './scope';
import { checkDuplicates } from './rules/duplicates';
import { checkRecursion } from './rules/recursion';
import { checkSection, checkVariant } from './rules/sections';
import { checkEnd } from './rules/values';
import { withGaps, World, type BuiltinSignature, type Reference } from './world';

export type { BuiltinSignature } from './world';

export interface BoundSpec {
  readonly diagnostics: readonly Diagnostic[];
  readonly names: Names;
  /** False if a declaration, or one that it uses, is incomplete or contains itself: building it would only repeat that error. */
  canBuild(declaration: NamedDeclaration): boolean;
  /** The declarations that a declaration uses directly. */
  usedBy(declaration: NamedDeclaration): readonly Reference[];
  /** Binds a value that was given by hand; returns the errors in its names. */
  bindLoose(loose: Loose): readonly Diagnostic[];
}

/** `builtins` are the words of the language by name; `locate` finds the shipped file that declares a name. */
export function bind(
  files: readonly LoadedFile[],
  builtins: ReadonlyMap<string, BuiltinSignature>,
  locate: (name: string) => string | null = () => null,
): BoundSpec {
  const world = new World(files, builtins, locate);
  for (const f of files) bindFile(world, f);
  checkRecursion(world);
  let broken: ReadonlySet<NamedDeclaration> | null = null;
  // A copy, since errors in values that are given by hand and bound later do not belong to the files.
  const diagnostics = [...world.diagnostics];
  return {
    diagnostics,
    names: world.names,
    canBuild: (d) => !(broken ??= brokenOf(world)).has(d),
    usedBy: (d) => world.references.get(d) ?? [],
    bindLoose: (loose) => bindLoose(world, loose),
  };
}

/** An expression that is not part of a file, with the names it may use besides those that `home` sees and the language's words. */
export interface Loose {
  readonly value: Expression;
  readonly home: LoadedFile;
  /** The names it may use besides the words of the language and the names of its file. */
  readonly locals: NameScope;
}

export type Unhoused = Omit<Loose, 'home'>;

/** Binds a value that was given by hand; returns the errors in its names. */
function bindLoose(world: World, { value, home, locals }: Loose): readonly Diagnostic[] {
  const before = world.diagnostics.length;
  world.names.withoutUses(() => new BodyBinder(world, home, null).expression(value, locals));
  return world.diagnostics.splice(before);
}

/** Binds expressions that are not in a file, such as a value that a recipe gives to an input. */
export function bindWithoutFile(builtins: ReadonlyMap<string, BuiltinSignature>): {
  readonly names: Names;
  bindLoose(loose: Unhoused): readonly Diagnostic[];
} {
  const world = new World([], builtins, () => null);
  return { names: world.names, bindLoose: (loose) => bindLoose(world, { ...loose, home: noFile }) };
}

const nowhere = new Source('', '');
const noSpan = { source: nowhere, start: 0, end: 0 };
/** A file without any names. */
const noFile: LoadedFile = {
  source: nowhere,
  file: { kind: 'file', span: noSpan, imports: [], declarations: [] },
  visible: new Map(),
  gaps: [],
  unresolved: new Set(),
};

function bindFile(world: World, f: LoadedFile): void {
  checkDuplicates(f).forEach((d) => world.report(d));
  bindImports(world, f);
  const lossy = withGaps(f);
  for (const d of f.file.declarations) {
    if (d.kind === 'section') {
      checkSection(world, f, d);
      continue;
    }
    const gap = lossy.has(d);
    if (gap) world.incomplete.add(d);
    if (d.kind === 'variant') checkVariant(world, f, d);
    else if (!gap) checkEnd(world, d);
    new BodyBinder(world, f, d, gap).bindAll();
  }
  if (f.gaps.length === 0) unusedImports(world, f).forEach((d) => world.report(d));
}

/** Names in an import, and what a file calls them, mean what they import. */
function bindImports({ names }: World, { file, visible }: LoadedFile): void {
  for (const { name, alias } of file.imports.flatMap((i) => i.names)) {
    const found = visible.get((alias ?? name).name);
    if (!found) continue;
    names.settle(name, { kind: 'declaration', ...found });
    if (alias) names.settle(alias, { kind: 'declaration', ...found });
  }
}

function unusedImports(world: World, f: LoadedFile): Diagnostic[] {
  const used = world.used.get(f);
  const names = f.file.imports.flatMap((i) => i.names.map(({ name, alias }) => alias ?? name));
  return names
    .filter(({ name }) => name && !used?.has(name))
    .map(({ name, span }) => diagnose('unused-import', span, { name }));
}

/** The incomplete declarations, and all that use one of them, directly or through others. */
function brokenOf({ incomplete, references }: World): ReadonlySet<NamedDeclaration> {
  const users = new Map<NamedDeclaration, NamedDeclaration[]>();
  for (const [from, uses] of references) {
    for (const { target } of uses) {
      const known = users.get(target);
      if (known) known.push(from);
      else users.set(target, [from]);
    }
  }
  const broken = new Set(incomplete);
  // The loop also visits declarations that are added while it runs.
  for (const d of broken) for (const user of users.get(d) ?? []) broken.add(user);
  return broken;
}
