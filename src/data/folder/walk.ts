/** Lists everything below a folder, by kind. Nothing is opened, so that a pipe or a device cannot block. */
import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { codeOf, fileError } from '../../files/file-error';

/** The kinds of skipped entries, in the words of the report. */
export type PassedKind =
  | 'links that lead nowhere'
  | 'links to folders further down, which are not followed'
  | 'links to folders that hold them'
  | 'pipes'
  | 'sockets'
  | 'devices';

export interface Listing {
  /** Regular files, and links to files, by their paths below the folder with forward slashes, in order. */
  readonly files: readonly string[];
  /** Subfolders directly in the folder, and links to folders, in order. */
  readonly folders: readonly string[];
  readonly passed: ReadonlyMap<PassedKind, readonly string[]>;
  /** Files and folders that are links to places outside of the folder; they are read. */
  readonly outside: readonly string[];
}

/** Folders that systems make for themselves. */
const hidden = /^\.|^(__MACOSX|@eaDir|\$RECYCLE\.BIN|System Volume Information)$/;

/** Whether files and folders of this name, one part of a path, are left out. */
export function hiddenName(name: string): boolean {
  return hidden.test(name);
}

/** Files between two reports of progress. */
const reportEvery = 10_000;

/**
 * Lists everything at any depth, without hidden files and folders. Links to folders are followed only at the top, where they are classes. `onListing` is
 * called now and then with the number of files so far.
 */
export async function listFolder(folder: string, onListing: (files: number) => void = () => {}): Promise<Listing> {
  const walk = new Walk(folder, await realpath(folder), onListing);
  await walk.enter('');
  const { files, folders, passed, outside } = walk;
  for (const names of passed.values()) names.sort();
  return { files: files.sort(), folders: folders.sort(), passed, outside: outside.sort() };
}

class Walk {
  readonly files: string[] = [];
  readonly folders: string[] = [];
  readonly passed = new Map<PassedKind, string[]>();
  readonly outside: string[] = [];

  constructor(
    private readonly folder: string,
    private readonly real: string,
    private readonly onListing: (files: number) => void,
  ) {}

  /** `prefix` is empty or ends in a slash. */
  async enter(prefix: string): Promise<void> {
    const path = join(this.folder, prefix);
    try {
      for await (const entry of await opendir(path, { bufferSize: 1024 })) {
        if (!hiddenName(entry.name)) await this.take(entry, prefix + entry.name);
      }
    } catch (error) {
      throw await fileError(error, 'read', path);
    }
  }

  private async take(entry: Dirent, name: string): Promise<void> {
    if (entry.isFile()) this.add(name);
    else if (entry.isDirectory()) await this.addFolder(name);
    else if (entry.isSymbolicLink()) await this.follow(name);
    else this.pass(specialKind(entry), name);
  }

  private async follow(name: string): Promise<void> {
    const path = join(this.folder, name);
    const found = await stat(path).catch((error: unknown) => codeOf(error));
    if (found === null || typeof found === 'string') return this.pass('links that lead nowhere', name);
    if (!found.isFile() && !found.isDirectory()) return this.pass(specialKind(found), name);
    const target = await realpath(path);
    const isOutside = !isWithin(target, this.real);
    if (found.isFile()) this.add(name);
    else if (name.includes('/')) return this.pass('links to folders further down, which are not followed', name);
    else if (isWithin(this.real, target)) return this.pass('links to folders that hold them', name);
    else await this.addFolder(name);
    if (isOutside) this.outside.push(name);
  }

  private add(name: string): void {
    this.files.push(name);
    if (this.files.length % reportEvery === 0) this.onListing(this.files.length);
  }

  private async addFolder(name: string): Promise<void> {
    if (!name.includes('/')) this.folders.push(name);
    await this.enter(`${name}/`);
  }

  private pass(kind: PassedKind, name: string): void {
    const names = this.passed.get(kind);
    if (names) names.push(name);
    else this.passed.set(kind, [name]);
  }
}

function specialKind(entry: Pick<Dirent, 'isFIFO' | 'isSocket'>): PassedKind {
  if (entry.isFIFO()) return 'pipes';
  return entry.isSocket() ? 'sockets' : 'devices';
}

/** Whether an absolute path is a folder or lies in it. */
function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../') || way.startsWith('/'));
}
