/** Loads a spec with everything it imports, and links names to their declarations. Reading is the caller's. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { suggest } from '../diagnostics/suggest';
import { Source, type Span } from '../source';
import type { BlockDeclaration, Declaration, File, Import, ModelDeclaration, VariantDeclaration } from '../syntax/ast';
import { parse } from '../syntax/parse';

/** What can be imported and called. */
export type NamedDeclaration = BlockDeclaration | ModelDeclaration | VariantDeclaration;

/** A declaration with the file it stands in. */
export interface Visible {
  readonly declaration: NamedDeclaration;
  readonly file: LoadedFile;
}

export interface LoadedFile {
  readonly source: Source;
  readonly file: File;
  /** Its own declarations, and what it imports under the name it has here. */
  readonly visible: ReadonlyMap<string, Visible>;
  /** Where parsing had to skip something, so that names may be missing. */
  readonly gaps: readonly Span[];
  /** Imported names that could not be found, which has been reported. */
  readonly unresolved: ReadonlySet<string>;
}

export interface LoadedSpec {
  /** The file itself first, then its imports in the order they are met; empty when there is no such file. */
  readonly files: readonly LoadedFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** The shipped file that declares a name, null when none does: for names that lack an import. */
  locate(name: string): string | null;
}

/** The text of a file, or null when there is none. Shipped files are asked for as `std/nn`. */
export type Read = (path: string) => string | null;

/** `shipped` are the names of shipped files (`std/nn`), for suggestions. */
export function loadSpec(path: string, read: Read, shipped: readonly string[] = []): LoadedSpec {
  const loader = new Loader(read, shipped);
  const text = read(path);
  if (text === null) {
    const source = new Source(path, '');
    const missing = diagnose('file-not-found', { source, start: 0, end: 0 }, { path });
    return { files: [], diagnostics: [missing], locate: () => null };
  }
  loader.load(path, text, []);
  loader.link();
  const declares = (name: string, text: string | null): boolean =>
    text !== null && new RegExp(`^(block|model)\\s+${name}\\b`, 'm').test(text);
  const locate = (name: string): string | null => shipped.find((s) => declares(name, read(s))) ?? null;
  return { files: loader.files, diagnostics: loader.diagnostics, locate };
}

/** A file while its names are being linked. */
interface Loading extends LoadedFile {
  readonly visible: Map<string, Visible>;
  readonly unresolved: Set<string>;
  /** The files its imports mean; null for one that was not found. */
  readonly targets: Map<Import, Loading | null>;
}

class Loader {
  readonly files: Loading[] = [];
  readonly diagnostics: Diagnostic[] = [];
  private readonly byPath = new Map<string, Loading>();

  constructor(
    private readonly read: Read,
    private readonly shipped: readonly string[],
  ) {}

  /** `importers` are the paths of the files being loaded, outermost first. */
  load(path: string, text: string, importers: readonly string[]): Loading {
    const source = new Source(path, text);
    const { file, gaps } = this.parse(source);
    const loaded: Loading = { source, file, gaps, visible: new Map(), unresolved: new Set(), targets: new Map() };
    this.files.push(loaded);
    this.byPath.set(path, loaded);
    for (const i of file.imports) loaded.targets.set(i, this.follow(i, path, [...importers, path]));
    return loaded;
  }

  private parse(source: Source): { file: File; gaps: readonly Span[] } {
    const binary = source.text.search(/[\0\ufffd]/);
    if (binary >= 0) {
      this.diagnostics.push(diagnose('not-utf8', { source, start: binary, end: binary + 1 }, {}));
      const span = { source, start: 0, end: 0 };
      return { file: { kind: 'file', span, imports: [], declarations: [] }, gaps: [span] };
    }
    const { file, diagnostics, gaps } = parse(source);
    this.diagnostics.push(...diagnostics);
    return { file, gaps };
  }

  private follow(i: Import, importer: string, chain: readonly string[]): Loading | null {
    const written = i.from.value;
    if (written === '') return null;
    const path = resolvePath(written, importer);
    if (path !== null && chain.includes(path)) {
      const circle = [...chain.slice(chain.indexOf(path)), path];
      this.diagnostics.push(diagnose('import-cycle', i.from.span, { chain: circle }));
    }
    const known = path === null ? undefined : this.byPath.get(path);
    if (known) return known;
    const text = path === null ? null : this.read(path);
    if (path !== null && text !== null) return this.load(path, text, chain);
    const relative = /^\.\.?\//.test(written);
    const facts = {
      path: written,
      tried: path ?? `file "${written}"`,
      relative,
      suggestions: this.suggestions(written),
    };
    this.diagnostics.push(diagnose('import-not-found', i.from.span, facts));
    return null;
  }

  private suggestions(written: string): string[] {
    const near = suggest(written, this.shipped);
    const ending = this.shipped.filter((s) => s.endsWith(`/${written.replace(/^.*\//, '').replace(/\.weft$/, '')}`));
    return [...new Set([...ending, ...near])].slice(0, 3).map((s) => `"${s}"`);
  }

  /** Fills in what each file sees, once all are loaded. */
  link(): void {
    const own = new Map(this.files.map((f) => [f, declared(f)]));
    for (const f of this.files) {
      for (const [name, declaration] of own.get(f) ?? []) f.visible.set(name, { declaration, file: f });
      for (const i of f.file.imports) this.linkImport(f, i, own);
    }
  }

  private linkImport(f: Loading, i: Import, own: ReadonlyMap<Loading, ReadonlyMap<string, NamedDeclaration>>): void {
    const target = f.targets.get(i) ?? null;
    for (const { name, alias } of i.names) {
      const here = (alias ?? name).name;
      const declaration = target && own.get(target)?.get(name.name);
      if (target && declaration) {
        if (!f.visible.has(here)) f.visible.set(here, { declaration, file: target });
      } else {
        f.unresolved.add(here);
        if (target && name.name && target.gaps.length === 0) this.notExported(target, i, name.name, name.span, own);
      }
    }
  }

  private notExported(
    target: Loading,
    i: Import,
    name: string,
    span: Span,
    own: ReadonlyMap<Loading, ReadonlyMap<string, NamedDeclaration>>,
  ): void {
    const home = this.files.find((f) => f !== target && own.get(f)?.has(name));
    const suggestions = suggest(name, own.get(target)?.keys() ?? []);
    const declaredIn = home && home.source.path.startsWith('std/') ? home.source.path : '';
    this.diagnostics.push(diagnose('name-not-exported', span, { name, path: i.from.value, declaredIn, suggestions }));
  }
}

/** Blocks, models and variants by name; of two with one name the first counts. */
function declared(f: LoadedFile): Map<string, NamedDeclaration> {
  const names = new Map<string, NamedDeclaration>();
  for (const d of f.file.declarations) {
    if (isNamed(d) && d.name.name && !names.has(d.name.name)) names.set(d.name.name, d);
  }
  return names;
}

/** Whether a declaration can be imported and called, unlike a section. */
export function isNamed(d: Declaration): d is NamedDeclaration {
  return d.kind !== 'section';
}

/** `std/nn` stays; `./x` and `../x.weft` are taken from the importing file's folder; null for anything else. */
function resolvePath(written: string, importer: string): string | null {
  if (written.startsWith('std/'))
    return /^std(\/[\w-]+)+(\.weft)?$/.test(written) ? written.replace(/\.weft$/, '') : null;
  if (!/^\.\.?\//.test(written)) return null;
  const parts = importer.split(/[/\\]/).slice(0, -1);
  for (const part of written.split('/')) {
    if (part === '.' || part === '') continue;
    if (part === '..' && parts.length > 0 && !['', '.', '..'].includes(parts[parts.length - 1])) parts.pop();
    else parts.push(part);
  }
  const path = parts.join('/');
  return path.startsWith('std/') || path.endsWith('.weft') ? path : `${path}.weft`;
}
