/** Checks names over all loaded files, before anything is built: what is declared, imported, used and called. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { LoadedFile, NamedDeclaration } from './load';
import { BodyResolver } from './resolve-body';
import { checkDuplicates } from './rules/duplicates';
import { checkRecursion } from './rules/recursion';
import { checkSection, checkVariant } from './rules/sections';
import { checkEnd } from './rules/values';
import { withGaps, World, type BuiltinSignature } from './world';

export type { BuiltinSignature } from './world';

export interface ResolvedSpec {
  readonly diagnostics: readonly Diagnostic[];
  /** False when a declaration, or what it uses, lacks a part or contains itself: building it would only repeat that. */
  canBuild(declaration: NamedDeclaration): boolean;
}

/** `builtins` are the words of the language by name; `locate` finds the shipped file that declares a name. */
export function resolve(
  files: readonly LoadedFile[],
  builtins: ReadonlyMap<string, BuiltinSignature>,
  locate: (name: string) => string | null = () => null,
): ResolvedSpec {
  const world = new World(files, builtins, locate);
  for (const f of files) resolveFile(world, f);
  checkRecursion(world);
  let broken: ReadonlySet<NamedDeclaration> | null = null;
  return { diagnostics: world.diagnostics, canBuild: (d) => !(broken ??= brokenOf(world)).has(d) };
}

function resolveFile(world: World, f: LoadedFile): void {
  checkDuplicates(f).forEach((d) => world.report(d));
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
    new BodyResolver(world, f, d, gap).resolve();
  }
  if (f.gaps.length === 0) unusedImports(world, f).forEach((d) => world.report(d));
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
  // A set may grow while it is walked.
  for (const d of broken) for (const user of users.get(d) ?? []) broken.add(user);
  return broken;
}
