/** The names that PyTorch's pickles use, and what each becomes. Other names become placeholders; nothing is run. */
// Tested by test/data/checkpoints/pickle.test.ts.
import { isInert, type Global } from './pickle';
import { FileProblem, Refused } from './problem';
import {
  dtypeNames,
  storageTypes,
  torchWidths,
  TorchTensor,
  UnreadTensor,
  type Storage,
  type TorchDType,
} from './torch-tensor';

/** The class of a storage, as a persistent id names it. */
interface StorageClass extends Global {
  readonly dtype: TorchDType | null;
}

/** A PyTorch dtype given by name (`torch.float32`). */
interface DTypeName extends Global {
  readonly dtypeName: TorchDType;
}

type Call = NonNullable<Global['call']>;

/** A dictionary from another one or from pairs; empty for anything else. */
const tables: Call = ([from]) => {
  if (from instanceof Map) return new Map(from);
  const pairs = isList(from) ? from : [];
  if (!pairs.every(isPair)) throw new FileProblem('a dictionary in it is made of something else than pairs');
  return new Map(pairs);
};

/** Names of functions and classes that are rebuilt. */
const calls: { readonly [name: string]: Call } = {
  'collections.OrderedDict': tables,
  'collections.Counter': () => new Map(),
  'collections.defaultdict': () => new Map(),
  'builtins.dict': tables,
  'builtins.set': ([items]) => new Set(Array.isArray(items) ? items : []),
  'builtins.list': ([items]) => (isList(items) ? [...items] : []),
  'torch.Size': ([sizes]) => sizes,
  'torch._utils._rebuild_tensor': ([storage, offset, shape, strides]) => tensor(storage, offset, shape, strides),
  'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, strides]) => tensor(storage, offset, shape, strides),
  'torch._utils._rebuild_tensor_v3': ([storage, offset, shape, strides, , , dtype]) =>
    tensor(storage, offset, shape, strides, dtype),
  'torch._utils._rebuild_parameter': ([data]) => data,
  'torch._utils._rebuild_parameter_with_state': ([data]) => data,
  'torch._tensor._rebuild_from_type_v2': ([make, type, args]) => ofClass(make, type, args),
  'torch._utils._rebuild_sparse_tensor': ([, data]) => unread('a sparse tensor', Array.isArray(data) ? data[2] : null),
  'torch._utils._rebuild_qtensor': ([, , shape]) => unread('a quantised tensor', shape),
  'torch._utils._rebuild_meta_tensor_no_storage': ([, shape]) => unread('a meta tensor, which has no numbers', shape),
  'torch._utils._rebuild_wrapper_subclass': ([type, , shape]) => unread(`a tensor of the class ${nameOf(type)}`, shape),
  'torch._utils._rebuild_nested_tensor': () => unread('a nested tensor', null),
  'torch._utils._rebuild_device_tensor_from_numpy': () => unread('a tensor of another device', null),
};

/** Classes whose tensors are plain numbers. */
const plainClasses = new Set([
  ...['torch.Tensor', 'torch.nn.parameter.Parameter', 'torch.nn.parameter.Buffer', 'torch.nn.Parameter'],
]);

/** Names that no checkpoint needs and that run programs, open files or load code if Python calls them. */
const hostile = new RegExp(
  [
    '^(posix|nt|subprocess|socket|shutil|ctypes|pty|runpy|importlib|webbrowser|marshal)\\.',
    '^os\\.(?!PathLike$|stat_result$)',
    '^builtins\\.(eval|exec|execfile|compile|open|input|breakpoint|__import__)$',
    '^(sys\\.(exit|settrace|setprofile|modules|path|meta_path)|asyncio\\.subprocess|torch\\.hub|torch\\.utils\\.cpp_extension)',
    '^(timeit\\.timeit|pdb\\.run\\w*|bdb\\.Bdb|c?[pP]rofile\\.run(ctx)?|trace\\.Trace|commands\\.get\\w*output|pip\\.(main|_internal)|code\\.interact)',
  ].join('|'),
);

/** Classes that are dictionaries. */
const dictionaries = new Set([
  'pytorch_lightning.utilities.parsing.AttributeDict',
  'lightning_fabric.utilities.data.AttributeDict',
  'lightning.fabric.utilities.data.AttributeDict',
]);

/** The meaning of names for one pickle, and the names of objects that are not rebuilt. */
export function torchNames(): { global: (module: string, name: string) => Global; placeholders: ReadonlySet<string> } {
  const placeholders = new Set<string>();
  const global = (module: string, name: string): Global => {
    const found = torchGlobal(module, name);
    if (!('call' in found || 'dtype' in found || 'dtypeName' in found)) placeholders.add(found.global);
    return found;
  };
  return { global, placeholders };
}

/** The meaning of a name in a PyTorch pickle. */
function torchGlobal(module: string, name: string): Global | StorageClass | DTypeName {
  // Python 2 called the module of built-in names `__builtin__`.
  const full = `${module === '__builtin__' ? 'builtins' : module}.${name}`;
  if (Object.hasOwn(calls, full)) return { global: full, call: calls[full] };
  if (dictionaries.has(full)) return { global: full, call: tables };
  if (module === 'torch' && Object.hasOwn(storageTypes, name)) return { global: full, dtype: storageTypes[name] };
  if (full === 'torch.storage.UntypedStorage') return { global: full, dtype: null };
  if (module === 'torch' && Object.hasOwn(dtypeNames, name)) return { global: full, dtypeName: dtypeNames[name] };
  if (module.startsWith('__torch__') || hostile.test(full)) throw notATensor(full);
  return { global: full };
}

/** The error for a Python object that is refused. */
export function notATensor(name: string): Refused {
  const why = name.startsWith('__torch__')
    ? 'so it is a TorchScript program, not a table of tensors'
    : 'which is not a tensor; loading it in Python could run any program, so Weft reads tensors and plain data only';
  return new Refused(`the Python object ${name}`, why);
}

/**
 * The storage of a persistent id: ('storage', class, key, device, elements). Old files append a view
 * (key, offset, elements) of another storage.
 */
export function torchStorage(id: unknown): Storage {
  if (!isList(id) || id[0] !== 'storage') throw new FileProblem('it refers to something outside of itself');
  const [, type, key, , count, view] = id;
  if (!isStorageClass(type) || typeof key !== 'string' || !isSize(count))
    throw new FileProblem('it describes a storage in an unknown way');
  const rootBytes = count * widthOf(type.dtype);
  if (!isList(view)) return { key, dtype: type.dtype, bytes: rootBytes, rootBytes, offset: 0 };
  const [viewKey, offset, length] = view;
  if (typeof viewKey !== 'string' || !isSize(offset) || !isSize(length))
    throw new FileProblem('it describes a view of a storage in an unknown way');
  return { key, dtype: type.dtype, bytes: length * widthOf(type.dtype), rootBytes, offset };
}

// eslint-disable-next-line @typescript-eslint/max-params -- called by a pickle, with its arguments in this order
function tensor(
  storage: unknown,
  offset: unknown,
  shape: unknown,
  strides: unknown,
  dtype?: unknown,
): TorchTensor | UnreadTensor {
  if (isInert(storage)) return unread(`a tensor that the Python object ${storage.inert} holds`, shape);
  if (!isStorage(storage) || !isSize(offset) || !isSizes(shape) || !isSizes(strides))
    throw new FileProblem('it describes a tensor in an unknown way');
  const type = storage.dtype ?? (isDTypeName(dtype) ? dtype.dtypeName : null);
  if (!type && dtype !== undefined) return unread(`of the type ${nameOf(dtype)}`, shape);
  if (!type) throw new FileProblem('a tensor has no element type');
  return new TorchTensor(storage, type, offset, shape, strides);
}

/** A tensor of a class: plain numbers if the class adds nothing to them. */
function ofClass(make: unknown, type: unknown, args: unknown): unknown {
  if (!isCallable(make) || !isList(args)) return unread(`a tensor of the class ${nameOf(type)}`, null);
  const made = make.call(args);
  if (!(made instanceof TorchTensor) || plainClasses.has(nameOf(type))) return made;
  return unread(`a tensor of the class ${nameOf(type)}`, made.shape);
}

function isCallable(x: unknown): x is { readonly call: Call } {
  return typeof x === 'object' && x !== null && 'call' in x && typeof x.call === 'function';
}

function unread(what: string, shape: unknown): UnreadTensor {
  return new UnreadTensor(what, Array.isArray(shape) && shape.every(isSize) ? shape : []);
}

function nameOf(global: unknown): string {
  if (isInert(global)) return global.inert;
  return typeof global === 'object' && global !== null && 'global' in global ? String(global.global) : 'unknown';
}

function isPair(x: unknown): x is [unknown, unknown] {
  return Array.isArray(x) && x.length === 2;
}

/** Bytes per element; storages without a type count bytes. */
function widthOf(dtype: TorchDType | null): number {
  return dtype ? torchWidths[dtype] : 1;
}

function isSize(x: unknown): x is number {
  return typeof x === 'number' && Number.isSafeInteger(x) && x >= 0;
}

function isSizes(x: unknown): x is number[] {
  return isList(x) && x.every(isSize);
}

function isList(x: unknown): x is readonly unknown[] {
  return Array.isArray(x);
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
