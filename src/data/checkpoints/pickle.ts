/** Reads Python pickles without executing anything: data become plain values, and every other name is looked up in a fixed table. */
import { ByteCursor } from './byte-cursor';
import { FileProblem, Refused } from './problem';

/**
 * Something named in a pickle. `call` rebuilds what Python would make by calling it; without it the name may only be mentioned.
 */
export interface Global {
  readonly global: string;
  readonly call?: (args: readonly unknown[]) => unknown;
}

/** What a pickle is read with. */
export interface PickleHost {
  /** The meaning of a name, which is never imported; throws `Refused` for names that are not known to be data. */
  readonly global: (module: string, name: string) => Global;
  /** The object behind a persistent id, which PyTorch uses for storages. */
  readonly persistent: (id: unknown) => unknown;
}

/**
 * The value pickled at `start`, and where its pickle ends. Dictionaries become Maps, lists and tuples arrays, integers
 * beyond 2⁵³ bigints. Throws `Truncated` where the bytes end too soon.
 */
export function unpickle(bytes: Uint8Array, host: PickleHost, start = 0): { value: unknown; end: number } {
  const machine = new Machine(new ByteCursor(bytes, start), host);
  for (;;) {
    const code = machine.cursor.u8();
    if (code === STOP) return { value: machine.pop(), end: machine.cursor.at };
    const step = opcodes[code];
    if (!step) throw new FileProblem(`its pickle has the unknown opcode 0x${code.toString(16).padStart(2, '0')}`);
    step(machine);
  }
}

const STOP = 0x2e;

/** The stack machine that pickles are programs for. */
class Machine {
  private stack: unknown[] = [];
  private readonly marks: unknown[][] = [];
  private readonly memo = new Map<number, unknown>();

  constructor(
    readonly cursor: ByteCursor,
    readonly host: PickleHost,
  ) {}

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length === 0) throw new FileProblem('its pickle takes more from the stack than there is');
    return this.stack.pop();
  }

  top(): unknown {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): void {
    this.marks.push(this.stack);
    this.stack = [];
  }

  /** What was pushed since the last mark. */
  sinceMark(): unknown[] {
    const items = this.stack;
    const below = this.marks.pop();
    if (!below) throw new FileProblem('its pickle has no mark where one is needed');
    this.stack = below;
    return items;
  }

  remember(index = this.memo.size): void {
    this.memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw new FileProblem(`its pickle refers to object ${index}, which it has not made`);
    this.push(this.memo.get(index));
  }

  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!Array.isArray(args) || !isGlobal(callee)) throw new FileProblem('its pickle calls something without a name');
    if (!callee.call) throw new Refused(`a call of ${callee.global}`, 'which Weft does not know how to rebuild');
    this.push(callee.call(args));
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (Array.isArray(list)) for (const item of items) list.push(item);
    else if (list instanceof Set) for (const item of items) list.add(item);
    else if (!isInert(list)) throw new FileProblem('its pickle appends to something that is not a list');
  }

  setItems(items: readonly unknown[]): void {
    const table = this.top();
    if (items.length % 2 !== 0) throw new FileProblem('its pickle has a key without a value');
    if (!(table instanceof Map)) {
      if (isInert(table)) return;
      throw new FileProblem('its pickle sets items of something that is not a dictionary');
    }
    for (let i = 0; i < items.length; i += 2) table.set(items[i], items[i + 1]);
  }
}

/** Each opcode that data need; the protocol is 2 to 5. Opcodes that build classes or run code are not among them. */
const opcodes: { readonly [code: number]: (m: Machine) => void } = {
  0x80: (m) => void m.cursor.u8(), // PROTO
  0x95: (m) => void m.cursor.u64(), // FRAME
  0x28: (m) => m.mark(), // MARK
  0x30: (m) => void m.pop(), // POP
  0x31: (m) => void m.sinceMark(), // POP_MARK
  0x32: (m) => m.push(m.top()), // DUP
  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x4a: (m) => m.push(m.cursor.i32()), // BININT
  0x4b: (m) => m.push(m.cursor.u8()), // BININT1
  0x4d: (m) => m.push(m.cursor.u16()), // BININT2
  0x8a: (m) => m.push(m.cursor.integer(m.cursor.u8())), // LONG1
  0x8b: (m) => m.push(m.cursor.integer(m.cursor.u32())), // LONG4
  0x47: (m) => m.push(m.cursor.f64()), // BINFLOAT
  0x58: (m) => m.push(m.cursor.utf8(m.cursor.u32())), // BINUNICODE
  0x8c: (m) => m.push(m.cursor.utf8(m.cursor.u8())), // SHORT_BINUNICODE
  0x8d: (m) => m.push(m.cursor.utf8(m.cursor.u64())), // BINUNICODE8
  0x54: (m) => m.push(m.cursor.latin1(m.cursor.u32())), // BINSTRING
  0x55: (m) => m.push(m.cursor.latin1(m.cursor.u8())), // SHORT_BINSTRING
  0x42: (m) => m.push(m.cursor.bytes(m.cursor.u32())), // BINBYTES
  0x43: (m) => m.push(m.cursor.bytes(m.cursor.u8())), // SHORT_BINBYTES
  0x8e: (m) => m.push(m.cursor.bytes(m.cursor.u64())), // BINBYTES8
  0x96: (m) => m.push(m.cursor.bytes(m.cursor.u64())), // BYTEARRAY8
  0x29: (m) => m.push([]), // EMPTY_TUPLE
  0x85: (m) => m.push([m.pop()]), // TUPLE1
  0x86: (m) => m.push(lastOf(m, 2)), // TUPLE2
  0x87: (m) => m.push(lastOf(m, 3)), // TUPLE3
  0x74: (m) => m.push(m.sinceMark()), // TUPLE
  0x5d: (m) => m.push([]), // EMPTY_LIST
  0x6c: (m) => m.push(m.sinceMark()), // LIST
  0x61: (m) => m.append([m.pop()]), // APPEND
  0x65: (m) => m.append(m.sinceMark()), // APPENDS
  0x7d: (m) => m.push(new Map()), // EMPTY_DICT
  0x73: (m) => m.setItems(lastOf(m, 2)), // SETITEM
  0x75: (m) => m.setItems(m.sinceMark()), // SETITEMS
  0x8f: (m) => m.push(new Set()), // EMPTY_SET
  0x90: (m) => m.append(m.sinceMark()), // ADDITEMS
  0x91: (m) => m.push(new Set(m.sinceMark())), // FROZENSET
  0x71: (m) => m.remember(m.cursor.u8()), // BINPUT
  0x72: (m) => m.remember(m.cursor.u32()), // LONG_BINPUT
  0x94: (m) => m.remember(), // MEMOIZE
  0x68: (m) => m.recall(m.cursor.u8()), // BINGET
  0x6a: (m) => m.recall(m.cursor.u32()), // LONG_BINGET
  0x51: (m) => m.push(m.host.persistent(m.pop())), // BINPERSID
  0x63: (m) => m.push(m.host.global(m.cursor.line(), m.cursor.line())), // GLOBAL
  0x93: (m) => m.push(stackGlobal(m)), // STACK_GLOBAL
  0x52: (m) => m.call(), // REDUCE
  0x81: (m) => m.call(), // NEWOBJ: a class and its arguments, rebuilt by the same table
  // BUILD sets attributes of the object below (`_metadata` of a state_dict); tensors have none that matter.
  0x62: (m) => void m.pop(),
};

function lastOf(m: Machine, count: number): unknown[] {
  return Array.from({ length: count }, () => m.pop()).reverse();
}

function stackGlobal(m: Machine): Global {
  const [module, name] = lastOf(m, 2);
  if (typeof module !== 'string' || typeof name !== 'string')
    throw new FileProblem('its pickle has a name that is not text');
  return m.host.global(module, name);
}

function isGlobal(x: unknown): x is Global {
  return typeof x === 'object' && x !== null && 'global' in x;
}

/** An object that is known to be data of no interest: its name is kept, its contents are not. */
export interface Inert {
  readonly inert: string;
}

function isInert(x: unknown): x is Inert {
  return typeof x === 'object' && x !== null && 'inert' in x;
}
