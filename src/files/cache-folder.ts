/** Makes folders of the cache, and says how to use another cache if this one cannot be written. */
import { access, constants } from 'node:fs/promises';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { makeFolder } from './atomic';
import { codeOf, fileError } from './file-error';

/** Makes a folder in the cache if needed, and checks that it can be written into. */
export async function makeCacheFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
    await access(path, constants.W_OK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw new WeftError(`The folder ${path} cannot be made: the system takes none there.`, wayOut, 3);
    const told = await fileError(error, 'write', path);
    throw told instanceof WeftError ? new WeftError(told.message, wayOut, 3) : told;
  }
}

const wayOut = 'Weft keeps there what it makes of your data. Set XDG_CACHE_HOME to a folder that can be written.';
