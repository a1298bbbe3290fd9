/** Arrays in NumPy's format, as np.save writes them. */

export interface NpyOptions {
  /** `<f4` by default. */
  readonly descr?: string;
  readonly byColumns?: boolean;
  readonly version?: 1 | 2;
}

/** A file of `values`, bytes already in the order of `descr`. */
export function npy(
  shape: readonly number[],
  values: Uint8Array,
  { descr = '<f4', byColumns = false, version = 1 }: NpyOptions = {},
): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${byColumns ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const lead = version === 1 ? 10 : 12;
  const header = Buffer.from(text.padEnd(Math.ceil((lead + text.length + 1) / 64) * 64 - lead - 1) + '\n');
  const start = Buffer.alloc(lead);
  start.write('\x93NUMPY', 'latin1');
  start[6] = version;
  if (version === 1) start.writeUInt16LE(header.length, 8);
  else start.writeUInt32LE(header.length, 8);
  return Buffer.concat([start, header, values]);
}

/** The bytes of floats. */
export function bytesOf(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
