/** Reads the golden cases: tensors and notes of what the reference model computes, and the distance they are judged by. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly dtype: 'f32' | 'i32';
  readonly data: Float32Array | Int32Array;
}

export interface GoldenCase {
  readonly name: string;
  /** The JSON beside the tensors: `config`, `tolerance`, `notes`. */
  readonly about: { readonly [key: string]: unknown };
  /** Largest allowed `relMax` by prefix (`out`, `grad`, `exact`). */
  readonly tolerance: { readonly [prefix: string]: number };
  readonly tensors: { readonly [name: string]: GoldenTensor };
  /** Tensors under `prefix/`, by the rest of their name. */
  under(prefix: string): { readonly [name: string]: GoldenTensor };
}

/** The case `test/golden/NAME.json` with its tensors. */
export function goldenCase(name: string): GoldenCase {
  const about = JSON.parse(readFileSync(pathOf(`${name}.json`), 'utf8')) as GoldenCase['about'];
  const tensors = readTensors(pathOf(`${name}.safetensors`));
  return {
    name,
    about,
    tolerance: about.tolerance as GoldenCase['tolerance'],
    tensors,
    under: (prefix) =>
      Object.fromEntries(
        Object.entries(tensors).flatMap(([k, v]) =>
          k.startsWith(`${prefix}/`) ? [[k.slice(prefix.length + 1), v]] : [],
        ),
      ),
  };
}

/** The weights of a case, from the case it names where it has none of its own. */
export function goldenWeights(golden: GoldenCase): { readonly [name: string]: GoldenTensor } {
  const from = golden.about.weights_from as string | undefined;
  return (from ? goldenCase(from.replace(/\.safetensors$/, '')) : golden).under('w');
}

/** max|got - want| / max|want|; where all of `want` is below 1e-6, 0 if `got` is that near to it, else infinite. */
export function relMax(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) throw new Error(`${got.length} numbers against ${want.length}`);
  let [difference, size] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    const d = Math.abs(got[i] - want[i]);
    if (Number.isNaN(d)) return Infinity;
    difference = Math.max(difference, d);
    size = Math.max(size, Math.abs(want[i]));
  }
  return size < 1e-6 ? (difference < 1e-6 ? 0 : Infinity) : difference / size;
}

/** Fails unless `got` is within `tolerance` of `want` by `relMax`; `name` says what is compared. */
export function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number, name: string): void {
  const distance = relMax(got, want);
  if (!(distance <= tolerance))
    throw new Error(`${name} is off by ${distance} of its largest value; ${tolerance} is allowed`);
}

function readTensors(path: string): { [name: string]: GoldenTensor } {
  const bytes = readFileSync(path);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as {
    [name: string]: { dtype: string; shape: number[]; data_offsets: [number, number] };
  };
  const tensors: { [name: string]: GoldenTensor } = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const body = Uint8Array.from(
      bytes.subarray(8 + headerLength + data_offsets[0], 8 + headerLength + data_offsets[1]),
    );
    if (dtype === 'F32') tensors[name] = { shape, dtype: 'f32', data: new Float32Array(body.buffer) };
    else if (dtype === 'I32') tensors[name] = { shape, dtype: 'i32', data: new Int32Array(body.buffer) };
    else throw new Error(`${path}: ${name} is ${dtype}`);
  }
  return tensors;
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../golden/${file}`, import.meta.url));
}
