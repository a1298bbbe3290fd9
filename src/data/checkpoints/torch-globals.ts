/** The names that PyTorch's pickles may use, and what each is rebuilt as. Everything else is refused. */
import { widths, type StoredDType } from '../safetensors/dtypes';
import type { Global, Inert } from './pickle';
import { FileProblem, Refused } from './problem';
import { dtypeNames, storageTypes, TorchTensor, type Storage } from './torch-tensor';

/** The class of a storage, as a persistent id names it. */
interface StorageClass extends Global {
  readonly dtype: StoredDType | null;
}

/** A PyTorch dtype that is mentioned (`torch.float32`). */
interface DTypeName extends Global {
  readonly dtypeName: StoredDType;
}

type Call = NonNullable<Global['call']>;

const tables: Call = ([pairs]) => new Map(Array.isArray(pairs) ? (pairs as [unknown, unknown][]) : []);

/** Names that make something. */
const calls: { readonly [name: string]: Call } = {
  'collections.OrderedDict': tables,
  'collections.Counter': () => new Map(),
  'collections.defaultdict': () => new Map(),
  'builtins.dict': tables,
  'builtins.set': ([items]) => new Set(Array.isArray(items) ? items : []),
  'builtins.list': ([items]) => (Array.isArray(items) ? [...(items as unknown[])] : []),
  'torch.Size': ([sizes]) => sizes,
  'torch._utils._rebuild_tensor': ([storage, offset, shape, strides]) => tensor(storage, offset, shape, strides),
  'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, strides]) => tensor(storage, offset, shape, strides),
  'torch._utils._rebuild_tensor_v3': ([storage, offset, shape, strides, , , dtype]) =>
    tensor(storage, offset, shape, strides, dtype),
  'torch._utils._rebuild_parameter': ([data]) => data,
  'torch._utils._rebuild_parameter_with_state': ([data]) => data,
};

/** Data of no interest that checkpoints of training carry along: random states, scalars of metrics, devices, paths, settings. */
const inert = new Set([
  ...['numpy.dtype', 'numpy.ndarray', '_codecs.encode', 'torch.device', 'argparse.Namespace'],
  ...['numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar'],
  ...['numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct'],
  ...['pathlib.PosixPath', 'pathlib.PurePosixPath', 'pathlib.WindowsPath', 'pathlib.PureWindowsPath'],
  ...['datetime.datetime', 'datetime.timedelta', 'builtins.complex', 'builtins.range', 'builtins.slice'],
]);

/** Dictionaries under other names. */
const dictionaries = new Set([
  'pytorch_lightning.utilities.parsing.AttributeDict',
  'lightning_fabric.utilities.data.AttributeDict',
  'lightning.fabric.utilities.data.AttributeDict',
]);

/** What a name in a PyTorch pickle stands for. */
export function torchGlobal(module: string, name: string): Global | StorageClass | DTypeName {
  // Python 2 called the module of built-in names `__builtin__`.
  const full = `${module === '__builtin__' ? 'builtins' : module}.${name}`;
  if (Object.hasOwn(calls, full)) return { global: full, call: calls[full] };
  if (dictionaries.has(full)) return { global: full, call: tables };
  if (inert.has(full)) return { global: full, call: (): Inert => ({ inert: full }) };
  if (module === 'torch' && Object.hasOwn(storageTypes, name)) return { global: full, dtype: storageTypes[name] };
  if (full === 'torch.storage.UntypedStorage') return { global: full, dtype: null };
  if (module === 'torch' && Object.hasOwn(dtypeNames, name)) return { global: full, dtypeName: dtypeNames[name] };
  throw new Refused(`the Python object ${full}`, whyNot(module, name));
}

function whyNot(module: string, name: string): string {
  if (module === 'torch' && name.endsWith('Storage')) return 'an element type that Weft does not read';
  if (module.startsWith('__torch__')) return 'so it is a TorchScript program, not a table of tensors';
  return 'which is not a tensor; loading it in Python could run any program, so Weft reads tensors and plain data only';
}

/**
 * The storage behind a persistent id: ('storage', class, key, device, elements), in old files with a view
 * (key, offset, elements) of another storage behind.
 */
export function torchStorage(id: unknown): Storage {
  if (!Array.isArray(id) || id[0] !== 'storage') throw new FileProblem('it refers to something outside of itself');
  const [, type, key, , count, view] = id as unknown[];
  if (!isStorageClass(type) || typeof key !== 'string' || !isSize(count))
    throw new FileProblem('it describes a storage in an unknown way');
  if (!Array.isArray(view)) return { key, dtype: type.dtype, bytes: count * widthOf(type.dtype), offset: 0 };
  const [viewKey, offset, length] = view as unknown[];
  if (typeof viewKey !== 'string' || !isSize(offset) || !isSize(length))
    throw new FileProblem('it describes a view of a storage in an unknown way');
  return { key, dtype: type.dtype, bytes: length * widthOf(type.dtype), offset };
}

function tensor(storage: unknown, offset: unknown, shape: unknown, strides: unknown, dtype?: unknown): TorchTensor {
  if (!isStorage(storage) || !Array.isArray(shape) || !Array.isArray(strides))
    throw new FileProblem('it describes a tensor in an unknown way');
  const type = storage.dtype ?? (isDTypeName(dtype) ? dtype.dtypeName : null);
  if (!type) throw new FileProblem('a tensor has no element type');
  return new TorchTensor(storage, type, offset as number, shape as number[], strides as number[]);
}

/** Storages without a type count bytes. */
function widthOf(dtype: StoredDType | null): number {
  return dtype ? widths[dtype] : 1;
}

function isSize(x: unknown): x is number {
  return Number.isSafeInteger(x) && (x as number) >= 0;
}

function isStorageClass(x: unknown): x is StorageClass {
  return typeof x === 'object' && x !== null && 'global' in x && 'dtype' in x;
}

function isDTypeName(x: unknown): x is DTypeName {
  return typeof x === 'object' && x !== null && 'dtypeName' in x;
}

function isStorage(x: unknown): x is Storage {
  return typeof x === 'object' && x !== null && 'key' in x && 'bytes' in x;
}
