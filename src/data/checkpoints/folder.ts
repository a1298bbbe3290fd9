/** Finds the weights in a folder written by a training or publishing tool, or says in plain words why they cannot be read. */
import { someOf } from '../../compiler/diagnostics/counted';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { printable } from '../../compiler/diagnostics/printable';
import { fileError } from '../../files/file-error';
import { readWhole } from '../../files/regular-file';
import { isIndexName } from '../safetensors/shards';

/** Stems of files with a model's weights, the most likely first. */
const stems = ['diffusion_pytorch_model', 'model', 'pytorch_model'];

/** The parts of a pipeline that may be the denoiser. */
const denoisers = ['transformer', 'unet'];

/** The file or index with the weights of a folder. */
export async function weightsInFolder(path: string): Promise<string> {
  const names = await namesIn(path);
  const denoiser = names.includes('model_index.json') ? denoisers.find((n) => names.includes(n)) : undefined;
  if (denoiser) return weightsInFolder(join(path, denoiser));
  if (names.some(isDistributed)) throw distributed(path);
  const parallel = await deepSpeed(path, names);
  if (parallel) return parallel;
  const files = names.filter((n) => isWeightsFile(n) && !isShard(n));
  for (const group of [
    files.filter((n) => n.includes('.safetensors')),
    files.filter((n) => !n.includes('.safetensors')),
  ]) {
    const found = likeliest(group);
    if (found.length === 1) return join(path, found[0]);
    if (found.length > 1) throw several(path, found);
  }
  throw none(path, names);
}

/** Refuses a file that is part of a folder of torch.distributed.checkpoint, whatever its first bytes are. */
export function refusePart(path: string): void {
  if (isDistributed(basename(path))) throw distributed(dirname(path));
}

function isDistributed(name: string): boolean {
  return name.endsWith('.distcp') || name === '.metadata';
}

/** Names in a folder, in order. */
async function namesIn(path: string): Promise<string[]> {
  const names = await readdir(path).catch(async (error: unknown) =>
    Promise.reject(await fileError(error, 'read', path)),
  );
  return names.sort();
}

function isWeightsFile(name: string): boolean {
  return isIndexName(name) || /\.(safetensors|ckpt|pth|pt|bin)$/.test(name);
}

function isShard(name: string): boolean {
  return /-\d{5}-of-\d{5}\.\w+$/.test(name);
}

/** The plain files of a model, else its variants (`model.fp16.safetensors`), else all files. */
function likeliest(files: readonly string[]): readonly string[] {
  for (const stem of stems) {
    const own = files.filter((n) => n.startsWith(`${stem}.`));
    // An index is preferred to the shards that it names, and a plain file to its variants.
    for (const chosen of [
      own.filter((n) => isPlain(n, stem) && isIndexName(n)),
      own.filter((n) => isPlain(n, stem)),
      own,
    ])
      if (chosen.length > 0) return chosen;
  }
  const indexes = files.filter(isIndexName);
  return indexes.length > 0 ? indexes : files;
}

/** Whether a name does not name a variant: `model.safetensors`, `model.bin.index.json`. */
function isPlain(name: string, stem: string): boolean {
  return /^\.\w+(\.index\.json)?$/.test(name.slice(stem.length));
}

/** The file with all weights of a DeepSpeed folder; null for other folders. */
async function deepSpeed(path: string, names: readonly string[]): Promise<string | null> {
  const states = names.filter((n) => /model_states\.pt$/.test(n));
  if (states.length === 0) {
    if (!names.includes('latest')) return null;
    const step = (await readWhole(join(path, 'latest'), 1000)).toString('utf8').trim();
    const isFolder = /^[\w.-]+$/.test(step) && existsSync(join(path, step));
    return isFolder ? weightsInFolder(join(path, step)) : null;
  }
  if (states.length === 1 && /^mp_rank_00_/.test(states[0])) return join(path, states[0]);
  throw new WeftError(
    `${path} is a checkpoint of DeepSpeed whose weights are spread over ${states.length} files, which Weft does not put together.`,
    'Run `python zero_to_fp32.py FOLDER OUT`, the script that DeepSpeed puts beside it, and name OUT.',
  );
}

function distributed(path: string): WeftError {
  return new WeftError(
    `${path} is a checkpoint of torch.distributed.checkpoint: its tensors are spread over .distcp files, which Weft does not put together.`,
    `Run \`python -m torch.distributed.checkpoint.format_utils dcp_to_torch ${path} weights.pt\` and name weights.pt.`,
  );
}

function several(path: string, found: readonly string[]): WeftError {
  const shown = someOf(found.map(printable), 8);
  return new WeftError(`The folder ${path} holds ${found.length} sets of weights: ${shown}.`, 'Name one of them.');
}

function none(path: string, names: readonly string[]): WeftError {
  const shards = names.filter(isShard);
  const shown = someOf(names.map(printable), 6);
  return new WeftError(
    shards.length > 0
      ? `The folder ${path} holds ${shards.length} shards of weights, but no index (${printable(shards[0].replace(/-\d{5}-of-\d{5}/, ''))}.index.json) that says what lies where.`
      : `The folder ${path} holds no .safetensors file, nor any other weights${shown ? `; it has ${shown}` : ''}.`,
    shards.length > 0 ? 'Copy the index there too.' : 'Name the file, or the folder that holds it.',
  );
}
