/** Tensors of PyTorch files: views of storages, which stay in the file until they are read. */
// Tested by test/data/checkpoints/state-dicts.test.ts.
import { decode, isStoredDType, widths, type DecodedTensor, type StoredDType } from '../safetensors/dtypes';
import { FileProblem, Unreadable } from './problem';

/** Bytes per element of types that PyTorch has and Weft does not read. */
const unreadWidths = {
  F8_E4M3FNUZ: 1,
  F8_E5M2FNUZ: 1,
  F8_E8M0: 1,
  F4X2: 1,
  C32: 4,
  C64: 8,
  C128: 16,
  QI8: 1,
  QU8: 1,
  QI32: 4,
  QU4X2: 1,
  QU2X4: 1,
} as const;

/** The type of a stored element. Not all types can be read, which matters only when numbers are requested. */
export type TorchDType = StoredDType | keyof typeof unreadWidths;

/** Bytes per element. */
export const torchWidths: { readonly [T in TorchDType]: number } = { ...widths, ...unreadWidths };

/** A flat sequence of numbers in the file, with a key; the file's layout gives its place. */
export interface Storage {
  readonly key: string;
  readonly bytes: number;
  /** Bytes of the stored root, as the description says; those in the file must be as many. */
  readonly rootBytes: number;
  /** Null for storages without a type of their own; their tensors have the type. */
  readonly dtype: TorchDType | null;
  /** Elements of the stored root before this storage: in old files, storages can be views of others. */
  readonly offset: number;
}

/** A tensor in a form that Weft does not read (sparse, quantised, part of another object), which matters only if it is requested. */
export class UnreadTensor {
  constructor(
    /** `a sparse tensor` */
    readonly what: string,
    /** Empty if it is not known. */
    readonly shape: readonly number[] = [],
  ) {}
}

/** A view of a storage. Offset and strides count elements. */
export class TorchTensor {
  // eslint-disable-next-line @typescript-eslint/max-params -- the record itself, in the order in which PyTorch writes it
  constructor(
    readonly storage: Storage,
    readonly dtype: TorchDType,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    if (
      ![offset, ...shape, ...strides].every((n) => Number.isSafeInteger(n) && n >= 0) ||
      shape.length !== strides.length
    )
      throw new FileProblem(`a tensor has the shape [${shape.join(', ')}] and the strides [${strides.join(', ')}]`);
    const { start, length } = this.extent();
    if ((start + length) * torchWidths[dtype] > storage.bytes) {
      throw new FileProblem(
        `a tensor of shape [${shape.join(', ')}] needs ${(start + length) * torchWidths[dtype]} bytes of a storage of ${storage.bytes}`,
      );
    }
  }

  get count(): number {
    return this.shape.reduce((a, b) => a * b, 1);
  }

  /** The range of the storage's elements that the tensor uses. */
  extent(): { readonly start: number; readonly length: number } {
    if (this.count === 0) return { start: 0, length: 0 };
    const last = this.shape.reduce((at, size, axis) => at + (size - 1) * this.strides[axis], 0);
    return { start: this.offset, length: last + 1 };
  }

  /** The tensor from the bytes of its extent, which are at the start of their own ArrayBuffer. */
  decode(name: string, bytes: Uint8Array): DecodedTensor {
    if (!isStoredDType(this.dtype)) throw new Unreadable(name, `of the type ${this.dtype}`);
    const rows = this.isContiguous() ? bytes : this.gathered(bytes);
    return decode(name, { dtype: this.dtype, shape: this.shape }, rows);
  }

  private isContiguous(): boolean {
    let step = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      if (this.shape[axis] > 1 && this.strides[axis] !== step) return false;
      step *= this.shape[axis];
    }
    return true;
  }

  /** The elements in row-major order. */
  private gathered(bytes: Uint8Array): Uint8Array {
    const { shape, strides } = this;
    const width = torchWidths[this.dtype];
    const out = new Uint8Array(this.count * width);
    const index = shape.map(() => 0);
    let from = 0;
    for (let to = 0; to < out.length; to += width) {
      for (let b = 0; b < width; b++) out[to + b] = bytes[from * width + b];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        from += strides[axis];
        if (++index[axis] < shape[axis]) break;
        from -= strides[axis] * shape[axis];
        index[axis] = 0;
      }
    }
    return out;
  }
}

/** Element types by the names of PyTorch's storage classes and dtypes. */
export const storageTypes: { readonly [name: string]: TorchDType } = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
  ComplexFloatStorage: 'C64',
  ComplexDoubleStorage: 'C128',
  QInt8Storage: 'QI8',
  QUInt8Storage: 'QU8',
  QInt32Storage: 'QI32',
  QUInt4x2Storage: 'QU4X2',
  QUInt2x4Storage: 'QU2X4',
};
export const dtypeNames: { readonly [name: string]: TorchDType } = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
  float8_e4m3fnuz: 'F8_E4M3FNUZ',
  float8_e5m2fnuz: 'F8_E5M2FNUZ',
  float8_e8m0fnu: 'F8_E8M0',
  float4_e2m1fn_x2: 'F4X2',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
  complex32: 'C32',
  complex64: 'C64',
  complex128: 'C128',
  qint8: 'QI8',
  quint8: 'QU8',
  qint32: 'QI32',
  quint4x2: 'QU4X2',
  quint2x4: 'QU2X4',
};
