/** Loads a spec with everything it imports, and links names to their declarations. The caller reads the files. */
import type { Facts } from '../diagnostics/catalog';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { suggest } from '../diagnostics/suggest';
import { Source, type Span } from '../source';
import type {
  BlockDeclaration,
  Declaration,
  File,
  Identifier,
  Import,
  MethodDeclaration,
  ModelDeclaration,
  VariantDeclaration,
} from '../syntax/ast';
import { parse, type Parsed } from '../syntax/parse';

/** The declarations that can be imported and called. */
export type NamedDeclaration = BlockDeclaration | ModelDeclaration | VariantDeclaration | MethodDeclaration;

/** A declaration with its file. */
export interface Visible {
  readonly declaration: NamedDeclaration;
  readonly file: LoadedFile;
}

export interface LoadedFile {
  readonly source: Source;
  readonly file: File;
  /** Its own declarations, and those it imports, under their names in this file. */
  readonly visible: ReadonlyMap<string, Visible>;
  /** Places where parsing skipped something, so that names may be missing. */
  readonly gaps: readonly Span[];
  /** Imported names that could not be found; this has been reported. */
  readonly unresolved: ReadonlySet<string>;
}

export interface LoadedSpec {
  /** The file itself first, then its imports in the order they are met; empty if there is no such file. */
  readonly files: readonly LoadedFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** The number of errors in the text beyond those kept. */
  readonly moreErrors: number;
  /** The shipped file that declares a name, null if none does; used if an import is missing. */
  locate(name: string): string | null;
}

/** Longest spec, in characters: many times the length of handwritten ones, and still read in seconds. */
const longestText = 2_000_000;

/** Gives the text of a file, or null if there is none. The path of a shipped file looks like `std/nn`. */
export type Read = (path: string) => string | null;

/** `shipped` are the names of shipped files (`std/nn`), for suggestions. */
export function loadSpec(path: string, read: Read, shipped: readonly string[] = []): LoadedSpec {
  const loader = new Loader(read, shipped);
  const text = read(path);
  if (text === null) {
    const source = new Source(path, '');
    const missing = diagnose('file-not-found', { source, start: 0, end: 0 }, { path });
    return { files: [], diagnostics: [missing], moreErrors: 0, locate: () => null };
  }
  loader.load(path, text);
  loader.link();
  let homes: ReadonlyMap<string, string> | null = null;
  const locate = (name: string): string | null => (homes ??= homesOf(shipped, read)).get(name) ?? null;
  return { files: loader.files, diagnostics: loader.diagnostics, moreErrors: loader.moreErrors, locate };
}

/** For each name, the first shipped file that declares it. */
function homesOf(shipped: readonly string[], read: Read): ReadonlyMap<string, string> {
  const homes = new Map<string, string>();
  for (const path of shipped) {
    for (const d of parsedOnce(new Source(path, read(path) ?? '')).file.declarations)
      if (isNamed(d) && !homes.has(d.name.name)) homes.set(d.name.name, path);
  }
  return homes;
}

const parsedFiles = new Map<string, Parsed>();

/** The tree of a shipped file, parsed again only if its text has changed: most specs import the same few files. */
function parsedOnce(source: Source): Parsed {
  const known = parsedFiles.get(source.path);
  if (known?.file.span.source.text === source.text) return known;
  const parsed = parse(source);
  parsedFiles.set(source.path, parsed);
  return parsed;
}

/** A file whose imports are being followed, one after the other. */
interface Opened {
  readonly file: Loading;
  /** The index of the import to follow next. */
  next: number;
}

/** A file while its names are being linked. */
interface Loading extends LoadedFile {
  readonly visible: Map<string, Visible>;
  readonly unresolved: Set<string>;
  /** The file that each import leads to; null for one that was not found. */
  readonly targets: Map<Import, Loading | null>;
}

class Loader {
  readonly files: Loading[] = [];
  readonly diagnostics: Diagnostic[] = [];
  moreErrors = 0;
  /** The files being loaded, outermost first. A list and not recursion, since imports can nest to any depth. */
  private readonly open: Opened[] = [];
  private readonly byPath = new Map<string, Loading>();

  constructor(
    private readonly read: Read,
    private readonly shipped: readonly string[],
  ) {}

  /** Loads a file and all that it imports. */
  load(path: string, text: string): void {
    this.add(path, text);
    for (let top = this.open.at(-1); top; top = this.open.at(-1)) {
      const i = top.file.file.imports[top.next++];
      if (i) top.file.targets.set(i, this.follow(i, top.file.source.path));
      else this.open.pop();
    }
  }

  private add(path: string, text: string): Loading {
    const { source, file, gaps } = this.parse(new Source(path, text));
    const loaded: Loading = { source, file, gaps, visible: new Map(), unresolved: new Set(), targets: new Map() };
    this.files.push(loaded);
    this.byPath.set(path, loaded);
    this.open.push({ file: loaded, next: 0 });
    return loaded;
  }

  private parse(source: Source): Pick<LoadedFile, 'source' | 'file' | 'gaps'> {
    const binary = source.text.search(/[\0\ufffd]/);
    if (binary >= 0) {
      this.diagnostics.push(diagnose('not-utf8', { source, start: binary, end: binary + 1 }, {}));
      const span = { source, start: 0, end: 0 };
      return { source, file: { kind: 'file', span, imports: [], declarations: [] }, gaps: [span] };
    }
    if (source.text.length > longestText) {
      const span = { source, start: 0, end: 0 };
      const facts = { what: 'The file', found: `${source.text.length} characters`, limit: `${longestText}` };
      this.diagnostics.push(diagnose('size-limit', span, facts));
      return { source, file: { kind: 'file', span, imports: [], declarations: [] }, gaps: [span] };
    }
    const isShipped = this.shipped.includes(source.path);
    const { file, diagnostics, moreErrors, gaps } = isShipped ? parsedOnce(source) : parse(source);
    for (const d of diagnostics) this.diagnostics.push(d);
    this.moreErrors += moreErrors;
    return { source: file.span.source, file, gaps };
  }

  private follow(i: Import, importer: string): Loading | null {
    const written = i.from.value;
    if (written === '') return null;
    const path = resolvePath(written, importer);
    const known = path === null ? undefined : this.byPath.get(path);
    if (known) {
      const start = this.open.findIndex(({ file }) => file === known);
      if (start >= 0) {
        const chain = [...this.open.slice(start).map(({ file }) => file), known].map(({ source }) => source.path);
        this.diagnostics.push(diagnose('import-cycle', i.from.span, { chain }));
      }
      return known;
    }
    const text = path === null ? null : this.read(path);
    if (path !== null && text !== null) return this.add(path, text);
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

  /** Fills in the names that each file can see, once all are loaded. */
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
        if (target && name.name && target.gaps.length === 0) this.notExported(target, i, name, own);
      }
    }
  }

  private notExported(
    target: Loading,
    i: Import,
    { name, span }: Identifier,
    own: ReadonlyMap<Loading, ReadonlyMap<string, NamedDeclaration>>,
  ): void {
    const facts = (): Facts<'name-not-exported'> => {
      const home = this.files.find((f) => f !== target && own.get(f)?.has(name));
      const suggestions = suggest(name, own.get(target)?.keys() ?? []);
      const declaredIn = home && home.source.path.startsWith('std/') ? home.source.path : '';
      return { name, path: i.from.value, declaredIn, suggestions };
    };
    this.diagnostics.push(diagnose('name-not-exported', span, facts));
  }
}

/** Blocks, models, variants and methods by name; if two share a name the first counts. */
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

/** `std/nn` stays; `./x` and `../x.weft` are resolved against the importing file's folder; null for anything else. */
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
