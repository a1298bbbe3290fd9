/** Reads Python pickles without executing anything: data become plain values, and all other names are looked up in a fixed table. */
import { ByteCursor } from './byte-cursor';
import { FileProblem } from './problem';

/**
 * Something named in a pickle. `call` rebuilds what Python would make by calling it; without `call` the result is a
 * placeholder.
 */
export interface Global {
  readonly global: string;
  readonly call?: (args: readonly unknown[]) => unknown;
}

/** How names and persistent ids in a pickle are resolved. */
export interface PickleHost {
  /** The meaning of a name, which is never imported; throws `Refused` for names that no data needs. */
  readonly global: (module: string, name: string) => Global;
  /** The object behind a persistent id, which PyTorch uses for storages. */
  readonly persistent: (id: unknown) => unknown;
}

/**
 * The value pickled at `start`, and the end of its pickle. Dictionaries become Maps, lists and tuples arrays, integers
 * beyond 2⁵³ bigints. Throws `Truncated` if the bytes end too soon.
 */
export function unpickle(bytes: Uint8Array, host: PickleHost, start = 0): { value: unknown; end: number } {
  const machine = new Machine(new ByteCursor(bytes, start), host);
  for (;;) {
    const code = machine.cursor.u8();
    if (code === stop) return { value: machine.pop(), end: machine.cursor.at };
    const step = opcodes[code];
    if (!step) throw new FileProblem(`its pickle has the unknown opcode 0x${code.toString(16).padStart(2, '0')}`);
    machine.spend(costs.get(code) ?? 1);
    step(machine);
  }
}

/** The longest pickle that is read, in bytes. */
export const longestDescription = 64_000_000;

const stop = 0x2e;

/** The cost of what an opcode makes, in units of about 20 bytes: dictionaries, sets and objects, then lists and tuples; others cost one. */
const costs = new Map<number, number>([
  ...[0x7d, 0x64, 0x8f, 0x91, 0x52, 0x81, 0x92, 0x69, 0x6f].map((code): [number, number] => [code, 20]),
  ...[0x29, 0x85, 0x86, 0x87, 0x74, 0x5d, 0x6c, 0x28].map((code): [number, number] => [code, 4]),
]);

/**
 * The total cost that a pickle may have. A tensor costs about 100, so this is some 100,000
 * tensors.
 */
const budget = 10_000_000;

/** The stack machine that runs a pickle's opcodes. */
class Machine {
  private stack: unknown[] = [];
  private readonly marks: unknown[][] = [];
  private readonly memo = new Map<number, unknown>();
  private left = budget;

  constructor(
    readonly cursor: ByteCursor,
    readonly host: PickleHost,
  ) {}

  spend(cost: number): void {
    this.left -= cost;
    if (this.left < 0) throw new FileProblem('its description of the tensors makes more things than a model has');
  }

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

  /** Everything that was pushed since the last mark. */
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
    this.push(called(this.pop(), args));
  }

  /** Sets attributes of the object on top. Only placeholders keep them, since they may contain tensors. */
  build(): void {
    const state = this.pop();
    const object = this.top();
    if (isInert(object)) object.contents.push(state);
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (Array.isArray(list)) for (const item of items) list.push(item);
    else if (list instanceof Set) for (const item of items) list.add(item);
    else if (isInert(list)) list.contents.push(...items.slice(0, mostContents));
    else throw new FileProblem('its pickle appends to something that is not a list');
  }

  setItems(items: readonly unknown[]): void {
    const table = this.top();
    if (items.length % 2 !== 0) throw new FileProblem('its pickle has a key without a value');
    if (!(table instanceof Map)) {
      if (!isInert(table)) throw new FileProblem('its pickle sets items of something that is not a dictionary');
      // A class of dictionaries: its contents with names are read like those of a dictionary.
      return void table.contents.push(tableOf(items));
    }
    for (let i = 0; i < items.length; i += 2) table.set(items[i], items[i + 1]);
  }
}

/** The opcodes of protocols 0 to 5. Those that would make objects or call functions make data known by name, or placeholders. */
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
  0x49: (m) => m.push(textNumber(m.cursor.line())), // INT
  0x4c: (m) => m.push(textNumber(m.cursor.line())), // LONG
  0x46: (m) => m.push(Number(m.cursor.line())), // FLOAT
  0x53: (m) => m.push(m.cursor.line().slice(1, -1)), // STRING
  0x56: (m) => m.push(m.cursor.line()), // UNICODE
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
  0x64: (m) => m.push(tableOf(m.sinceMark())), // DICT
  0x73: (m) => m.setItems(lastOf(m, 2)), // SETITEM
  0x75: (m) => m.setItems(m.sinceMark()), // SETITEMS
  0x8f: (m) => m.push(new Set()), // EMPTY_SET
  0x90: (m) => m.append(m.sinceMark()), // ADDITEMS
  0x91: (m) => m.push(new Set(m.sinceMark())), // FROZENSET
  0x70: (m) => m.remember(Number(m.cursor.line())), // PUT
  0x67: (m) => m.recall(Number(m.cursor.line())), // GET
  0x71: (m) => m.remember(m.cursor.u8()), // BINPUT
  0x72: (m) => m.remember(m.cursor.u32()), // LONG_BINPUT
  0x94: (m) => m.remember(), // MEMOIZE
  0x68: (m) => m.recall(m.cursor.u8()), // BINGET
  0x6a: (m) => m.recall(m.cursor.u32()), // LONG_BINGET
  0x51: (m) => m.push(m.host.persistent(m.pop())), // BINPERSID
  0x63: (m) => m.push(m.host.global(m.cursor.line(), m.cursor.line())), // GLOBAL
  0x93: (m) => m.push(stackGlobal(m)), // STACK_GLOBAL
  0x82: (m) => m.push(placeholder(`extension ${m.cursor.u8()}`)), // EXT1
  0x83: (m) => m.push(placeholder(`extension ${m.cursor.u16()}`)), // EXT2
  0x84: (m) => m.push(placeholder(`extension ${m.cursor.i32()}`)), // EXT4
  0x52: (m) => m.call(), // REDUCE
  0x81: (m) => m.call(), // NEWOBJ: a class and its arguments, rebuilt by the same table
  // NEWOBJ_EX: also arguments by name
  0x92: (m) => {
    const named = m.pop();
    m.call();
    const object = m.top();
    if (isInert(object)) object.contents.push(named);
  },
  // INST: a class named in the text, and its arguments since the mark
  0x69: (m) => m.push(called(m.host.global(m.cursor.line(), m.cursor.line()), m.sinceMark())),
  // OBJ: the same with the class first on the stack
  0x6f: (m) => {
    const [callee, ...args] = m.sinceMark();
    m.push(called(callee, args));
  },
  0x62: (m) => m.build(), // BUILD
};

/** The result of a call: data if the name is known to make data, else a placeholder that keeps the arguments. */
function called(callee: unknown, args: unknown): unknown {
  if (isInert(callee)) return placeholder(callee.inert, [args]);
  if (!isGlobal(callee)) throw new FileProblem('its pickle calls something without a name');
  if (!callee.call) return placeholder(callee.global, [args]);
  // The arguments of a placeholder may be a placeholder too: the result of a call that was not made.
  if (!Array.isArray(args)) return placeholder(callee.global, [args]);
  return callee.call(args);
}

function tableOf(items: readonly unknown[]): Map<unknown, unknown> {
  if (items.length % 2 !== 0) throw new FileProblem('its pickle has a key without a value');
  const table = new Map<unknown, unknown>();
  for (let i = 0; i < items.length; i += 2) table.set(items[i], items[i + 1]);
  return table;
}

/** Numbers in text: `5`, `5L`, and `00` and `01` for false and true. */
function textNumber(line: string): number | boolean {
  return line === '00' ? false : line === '01' ? true : Number(line.replace(/L$/, ''));
}

function lastOf(m: Machine, count: number): unknown[] {
  return Array.from({ length: count }, () => m.pop()).reverse();
}

function stackGlobal(m: Machine): Global {
  const [module, name] = lastOf(m, 2);
  if (typeof module !== 'string' || typeof name !== 'string')
    throw new FileProblem('its pickle has a name that is not text');
  return m.host.global(module, name);
}

export function isGlobal(x: unknown): x is Global {
  return typeof x === 'object' && x !== null && 'global' in x;
}

/**
 * A Python object that is not rebuilt: the name of its class, and everything the pickle gave it (arguments, attributes, items),
 * which may include tensors.
 */
export interface Inert {
  readonly inert: string;
  readonly contents: unknown[];
}

/** The most items that a placeholder keeps of one list. */
const mostContents = 1000;

function placeholder(name: string, contents: unknown[] = []): Inert {
  return { inert: name, contents };
}

export function isInert(x: unknown): x is Inert {
  return typeof x === 'object' && x !== null && 'inert' in x;
}
