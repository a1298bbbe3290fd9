/** Weights split over several safetensors or PyTorch files, with an index that gives the file of each tensor. */
import { counted, someOf } from '../../compiler/diagnostics/counted';
import { messageOf } from '../../files/file-error';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { printable } from '../../compiler/diagnostics/printable';
import { readWhole } from '../../files/regular-file';
import { checkJsonSize } from './json-size';
import { repeatedKey } from './repeated-key';
import { unknownTensor, type SafetensorsReader } from './reader';

/** The largest index that is read, in bytes. */
const longestIndex = 50_000_000;

/** `model.safetensors.index.json`, and for a variant `model.safetensors.index.fp16.json`. */
export function isIndexName(path: string): boolean {
  return /\.index\.([^./\\]+\.)?json$/.test(path);
}

/** Opens all shards that the index names (each a file beside it) as one set. */
export async function openShards(
  path: string,
  openFile: (path: string) => Promise<SafetensorsReader>,
): Promise<SafetensorsReader> {
  const { weightMap, metadata } = await readIndex(path);
  const shards = await openAll(path, [...new Set(weightMap.values())].sort(), openFile);
  const shardOf = (name: string): SafetensorsReader =>
    shards.get(weightMap.get(name) ?? unknownTensor(path, name, names))!;
  const names = [...weightMap.keys()];
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close();
  };
  const held = new Map([...shards].map(([file, shard]) => [file, new Set(shard.names)]));
  for (const [name, file] of weightMap) {
    if (held.get(file)!.has(name)) continue;
    await close();
    throw new WeftError(
      `${path} says that "${printable(name)}" lies in ${printable(file)}, which has no such tensor.`,
      'Download index and shards of one version.',
    );
  }
  return {
    path,
    names,
    metadata,
    remark: [...shards]
      .flatMap(([file, { remark }]) => (remark ? [`in ${printable(file)}, ${remark}`] : []))
      .join('; '),
    info: (name) => shardOf(name).info(name),
    read: async (name, options) => shardOf(name).read(name, options),
    close,
  };
}

async function openAll(
  path: string,
  files: readonly string[],
  openFile: (path: string) => Promise<SafetensorsReader>,
): Promise<Map<string, SafetensorsReader>> {
  const missing = files.filter((file) => !existsSync(join(dirname(path), file)));
  if (missing.length > 0) {
    const shown = someOf(missing.map(printable), 10);
    throw new WeftError(
      `${path} names ${counted(files.length, 'file')}, of which ${missing.length} ${missing.length === 1 ? 'is' : 'are'} missing: ${shown}.`,
      'Download them into the folder of the index.',
    );
  }
  const shards = new Map<string, SafetensorsReader>();
  try {
    for (const file of files) shards.set(file, await openFile(join(dirname(path), file)));
    return shards;
  } catch (error) {
    for (const shard of shards.values()) await shard.close();
    throw error;
  }
}

async function readIndex(
  path: string,
): Promise<{ weightMap: Map<string, string>; metadata: { [key: string]: string } }> {
  const text = await readWhole(path, longestIndex);
  checkJsonSize(text, { deepest: 16, mostTables: 1000 }, (why) => brokenIndex(path, `it ${why}`));
  let index: unknown;
  try {
    index = JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw brokenIndex(path, `it is not JSON (${printable(messageOf(error))})`);
  }
  const twice = repeatedKey(text.toString('utf8'));
  if (twice !== null) throw brokenIndex(path, `it has "${printable(twice)}" twice`);
  if (!isTable(index) || !isTable(index.weight_map))
    throw brokenIndex(path, 'it has no table "weight_map" of tensor names and files');
  const weightMap = new Map<string, string>();
  for (const [name, file] of Object.entries(index.weight_map)) {
    // Shards must be beside their index; other paths could point anywhere on the disk.
    if (typeof file !== 'string' || !/^[^/\\]+\.(safetensors|bin|pt|pth)$/.test(file)) {
      throw brokenIndex(
        path,
        `it places "${printable(name)}" in ${printable(String(JSON.stringify(file)))}, which is not a .safetensors file beside it, nor a .bin`,
      );
    }
    weightMap.set(name, file);
  }
  const metadata = isTable(index.metadata) ? index.metadata : {};
  return { weightMap, metadata: Object.fromEntries(Object.entries(metadata).map(([k, v]) => [k, String(v)])) };
}

function brokenIndex(path: string, why: string): WeftError {
  return new WeftError(`${path} is not a sound index of shards: ${why}.`, 'Download it again.');
}

function isTable(x: unknown): x is { [key: string]: unknown } {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}
