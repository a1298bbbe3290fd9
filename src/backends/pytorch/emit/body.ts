/** The lines of one class or function: what its values are in Python, in the order of the spec. */
// Tested by test/backends/pytorch/emit/model.test.ts.
import { WeftError } from '../../../compiler/diagnostics/diagnostic';
import { siteOf } from '../../../compiler/emit/lower';
import {
  constantTerm,
  dimsEqual,
  formatShape,
  isStatic,
  SymbolicDim,
  type Dim,
  type Shape,
} from '../../../compiler/ir/dims';
import { isVariable, type Value } from '../../../compiler/ir/graph';
import { expansionOf } from '../../../compiler/ir/substitute';
import { held, invariant } from '../../../compiler/invariant';
import { is } from '../../../compiler/ops/define';
import { add } from '../../../compiler/ops/elementwise';
import { dropout, noise } from '../../../compiler/ops/in-training';
import { linear } from '../../../compiler/ops/linalg';
import { broadcastTo, reshape, slice } from '../../../compiler/ops/movement';
import type { Span } from '../../../compiler/source';
import { atom, call, element, method, number, torchTypes, tuple, type Python } from '../expression';
import { constantNumber, pytorchWords, tensorOrSelf, type PythonTarget } from '../words';
import { nameIn, type Facts, type Unit } from './units';
import type { Layer } from './layers';
import { sized } from './sizes';
import { lengthOf, ref, type Statement } from './statements';
import { tableText } from './tables';

/** How a call of a unit is written: the text before its arguments, and whether calls are alike except for their values. */
export interface Callable {
  readonly unit: Unit;
  readonly args: readonly Value[];
  /** `DiT(16)`, or the name of a function; calls with the same text do the same. */
  readonly made: string;
  /** Sizes that a function takes after its tensors. */
  readonly extra: readonly string[];
}

/** The parts that the lines of a unit are made from. */
export interface BodyParts {
  readonly facts: Facts;
  readonly unit: Unit;
  readonly callables: ReadonlyMap<Unit, Callable>;
  readonly layers: readonly Layer[];
  /** How a weight or a layer is reached: `self.norm`. */
  readonly access: (path: string) => string;
  readonly helper: (name: string) => void;
}

/** Lines of more characters are split by naming parts of them. */
const widest = 84;
const widestLine = 104;

type Item =
  | { readonly kind: 'value'; readonly at: number; readonly value: Value }
  | { readonly kind: 'call'; readonly at: number; readonly callable: Callable }
  | {
      readonly kind: 'loop';
      readonly at: number;
      readonly callables: readonly Callable[];
      readonly carried: readonly (number | null)[];
    };

export class Body {
  readonly args: Value[] = [];
  readonly statements: Statement[] = [];
  /** Tables that a class makes once; each value has the statements before it and its expression. */
  readonly tables: Value[] = [];
  private readonly members = new Set<Value>();
  private readonly called = new Set<Unit>();
  private readonly written = new Map<Value, Python>();
  private readonly layerOf = new Map<Value, Layer>();
  private readonly absorbed = new Set<Value>();
  /** The names in the block of a repetition of the values that go from turn to turn. */
  readonly turned = new Map<Value, string>();
  private readonly uses = new Map<Value, number>();
  private readonly target: PythonTarget = {
    dim: (d) => this.dim(d),
    helper: (name) => {
      this.parts.helper(name);
      return name;
    },
  };

  constructor(private readonly parts: BodyParts) {
    for (const layer of parts.layers) {
      this.layerOf.set(layer.value, layer);
      for (const v of layer.within) this.absorbed.add(v);
    }
    parts.unit.results.forEach((v) => this.visit(v));
    this.countUses();
    this.write();
  }

  /** Finds the values to write, from the results back. */
  private visit(root: Value): void {
    const stack = [root];
    const seen = new Set<Value>();
    for (let v = stack.pop(); v; v = stack.pop()) {
      if (seen.has(v) || this.members.has(v)) continue;
      seen.add(v);
      if (isScalar(v)) continue;
      const isTable = !this.parts.unit.isTable && this.isOwnTable(v);
      const child = this.childOf(v);
      if (!this.isInside(v)) this.addArg(v);
      else if (isTable) this.addTable(v);
      else if (child) {
        this.called.add(child);
        stack.push(...held(this.parts.callables, child).args);
      } else if (!isVariable(v)) {
        this.members.add(v);
        const layer = this.layerOf.get(v);
        stack.push(...(layer ? [layer.x] : v.inputs));
      }
    }
  }

  /** Whether a value depends on no input, no weight and no argument of the unit. */
  private isOwnTable(root: Value): boolean {
    if (this.parts.facts.moving.has(root) || !this.isInside(root)) return false;
    const seen = new Set<Value>();
    const stack = [root];
    for (let v = stack.pop(); v; v = stack.pop()) {
      if (seen.has(v) || isScalar(v)) continue;
      seen.add(v);
      if (!this.isInside(v) || !isStatic(v.shape)) return false;
      stack.push(...v.inputs);
    }
    return true;
  }

  private addArg(v: Value): void {
    if (!this.args.includes(v)) this.args.push(v);
  }

  private addTable(v: Value): void {
    if (!this.tables.includes(v)) this.tables.push(v);
  }

  private isInside(v: Value): boolean {
    const { unit } = this.parts;
    if (unit.call === null) return v.leaf?.kind !== 'input';
    return v.id >= unit.first && v.id < unit.end;
  }

  private childOf(v: Value): Unit | undefined {
    return this.parts.unit.children.find((c) => v.id >= c.first && v.id < c.end);
  }

  private countUses(): void {
    const use = (v: Value): void => void this.uses.set(v, (this.uses.get(v) ?? 0) + 1);
    for (const v of this.members) {
      const layer = this.layerOf.get(v);
      (layer ? [layer.x] : v.inputs).forEach(use);
    }
    for (const u of this.called) held(this.parts.callables, u).args.forEach(use);
    this.parts.unit.results.forEach(use);
  }

  private write(): void {
    for (const item of this.items()) {
      if (item.kind === 'value') this.writeValue(item.value);
      else if (item.kind === 'call') this.writeCall(item.callable);
      else this.writeLoop(item.callables, item.carried);
    }
    const { unit } = this.parts;
    const whole = (): Python => call('', ...unit.results.map((v) => this.argument(v)));
    this.fitted(unit.results, whole);
    const results = unit.results.map((v) => this.argument(v));
    const named = Object.keys(this.parts.facts.model.outputs);
    const isOne = results.length === 1;
    const text = isOne
      ? results[0]
      : unit.call
        ? results.join(', ')
        : `{${results.map((r, i) => `${JSON.stringify(named[i])}: ${r}`).join(', ')}}`;
    const [only] = unit.results;
    const isFunction =
      unit.kind === 'function' &&
      isOne &&
      !/^«\d+»$/.test(text) &&
      !this.args.some((a) => dimsAlike(a.shape, only.shape));
    this.statements.push({ text: `return ${text}`, defines: [], comment: isFunction ? shapeText(only.shape) : null });
  }

  private items(): Item[] {
    const values = [...this.members]
      .filter((v) => !this.absorbed.has(v))
      .map((value): Item => ({ kind: 'value', at: value.id, value }));
    const calls = [...this.called].map((u): Item & { kind: 'call' } => ({
      kind: 'call',
      at: u.first,
      callable: held(this.parts.callables, u),
    }));
    return withLoops(
      [...values, ...calls].sort((a, b) => a.at - b.at),
      this.uses,
    );
  }

  private writeValue(v: Value): void {
    if (this.written.has(v)) return;
    const pieces = this.piecesOf(v);
    if (pieces) {
      const [whole] = v.inputs;
      const text = `${pieces.map(ref).join(', ')} = ${method(this.of(whole), 'chunk', String(pieces.length), 'dim=-1').text}`;
      this.statements.push({ text, defines: pieces, comment: `each ${shapeText(v.shape)}` });
      for (const p of pieces) this.written.set(p, atom(ref(p)));
      return;
    }
    const layer = this.layerOf.get(v);
    this.assign(
      v,
      this.fitted(layer ? [layer.x] : v.inputs, () => this.leafOrTable(v) ?? this.expression(v)),
    );
  }

  /** An expression with its operands written in place; the longest of them get names until it fits a line. */
  private fitted(operands: readonly Value[], build: () => Python): Python {
    for (;;) {
      const said = build();
      if (lengthOf(said.text) <= widestLine) return said;
      const long = operands
        .map((v) => ({ v, length: v.op && this.members.has(v) ? lengthOf(this.of(v).text) : 0 }))
        .filter(({ length }) => length > 20)
        .sort((a, b) => b.length - a.length);
      if (long.length === 0) return said;
      this.define(long[0].v, this.of(long[0].v));
    }
  }

  /** The most characters written in place. The only result of a unit stands in its last line. */
  private mostInline(v: Value, isNamed: boolean): number {
    const { results } = this.parts.unit;
    if (results.length === 1 && results[0] === v) return widestLine;
    return isNamed ? 24 : widest;
  }

  private define(v: Value, said: Python): void {
    this.statements.push({ text: `${ref(v)} = ${said.text}`, defines: [v], comment: this.shapeChange(v) });
    this.written.set(v, atom(ref(v)));
  }

  /** Gives an expression a name, unless it is short and read once. */
  private assign(v: Value, said: Python): void {
    const { unit, facts } = this.parts;
    const isNamed = nameIn(unit, v, facts) !== undefined && !unit.results.includes(v);
    const isOnce = (this.uses.get(v) ?? 0) <= 1;
    if (said.isNumber || /^«\d+»$/.test(said.text) || (isOnce && lengthOf(said.text) < this.mostInline(v, isNamed))) {
      this.written.set(v, said);
      return;
    }
    this.define(v, said);
  }

  private shapeChange(v: Value): string | null {
    const read = v.inputs.filter((x) => x.leaf?.kind !== 'constant' && !isVariable(x));
    return read.some((x) => dimsAlike(x.shape, v.shape)) ? null : shapeText(v.shape);
  }

  private writeCall(callable: Callable): void {
    const { unit, args, extra } = callable;
    const name = unit.kind === 'module' ? this.parts.access(this.relative(unit.path)) : callable.made;
    const said = this.fitted(args, () => call(name, ...args.map((a) => this.argument(a)), ...extra));
    if (unit.results.length === 1) {
      this.assign(unit.results[0], said);
      return;
    }
    const text = `${unit.results.map(ref).join(', ')} = ${said.text}`;
    this.statements.push({ text, defines: unit.results, comment: null });
    for (const v of unit.results) this.written.set(v, atom(ref(v)));
  }

  /** `for block in self.blocks: x = block(x, c)`. */
  private writeLoop(callables: readonly Callable[], carried: readonly (number | null)[]): void {
    const [first] = callables;
    const last = callables[callables.length - 1];
    const { results } = last.unit;
    const starts = carried.flatMap((at, i) => (at === null ? [] : [{ result: results[at], start: first.args[i] }]));
    for (const { result, start } of starts) {
      const text = `${ref(result)} = ${this.argument(start)}`;
      this.statements.push({ text, defines: [result], comment: null });
    }
    const args = first.args.map((a, i) => (carried[i] === null ? this.argument(a) : ref(results[carried[i]])));
    const names = this.relative(first.unit.path).split('.').slice(0, -1).join('.');
    const step = `${results.map(ref).join(', ')} = block(${args.join(', ')})`;
    const text = `for block in ${this.parts.access(names)}:\n    ${step}`;
    this.statements.push({ text, defines: results, comment: null });
    for (const v of results) this.written.set(v, atom(ref(v)));
    carried.forEach((at, i) => {
      const parameter = first.unit.call?.given.find((g) => g.values.includes(first.args[i]));
      if (at !== null && parameter) this.turned.set(results[at], parameter.name);
    });
  }

  private argument(v: Value): string {
    return tensorOrSelf(this.of(v), v.dtype).text;
  }

  private relative(path: string): string {
    const { unit } = this.parts;
    return unit.path === '' ? path : path.slice(unit.path.length + 1);
  }

  /** The slices of one value that tile its last axis evenly, if this is the first of them. */
  private piecesOf(v: Value): Value[] | null {
    if (!is(v, slice)) return null;
    const [whole] = v.inputs;
    const axis = whole.shape.length - 1;
    const cut = [...this.members].filter((u) => is(u, slice) && u.inputs[0] === whole);
    const startOf = (u: Value): Dim => (is(u, slice) ? u.attrs.start[axis] : 0);
    const pieces = cut.sort((a, b) => Number(startOf(a)) - Number(startOf(b)));
    const size = v.shape[axis];
    const isTiled =
      pieces.length > 1 &&
      typeof size === 'number' &&
      dimsEqual(whole.shape[axis], size * pieces.length) &&
      pieces.every((u, i) => startOf(u) === i * size && dimsAlike(u.shape, v.shape));
    return isTiled ? pieces : null;
  }

  /** The text for a value wherever it is read. */
  of(v: Value): Python {
    const known = this.written.get(v);
    if (known) return known;
    const made = this.leafOrTable(v) ?? this.expression(v);
    this.written.set(v, made);
    return made;
  }

  private leafOrTable(v: Value): Python | null {
    if (isScalar(v) && v.leaf?.kind === 'constant') return constantNumber(v.leaf.data.data[0], v.dtype);
    if (this.args.includes(v) || this.tables.includes(v)) return atom(ref(v));
    if (isVariable(v)) return atom(this.parts.access(this.relative(v.leaf.name)));
    if (v.leaf?.kind !== 'constant') return null;
    return tableText(v) ?? this.unwritable(`a table of ${v.leaf.data.data.length} numbers that follow no rule`);
  }

  private expression(v: Value): Python {
    const layer = this.layerOf.get(v);
    if (layer) return call(this.parts.access(layer.path), this.of(layer.x));
    invariant(v.op, 'a leaf is written where it is read');
    if (is(v, dropout) && v.attrs.over === 'elements' && this.parts.unit.kind === 'module')
      return call('F.dropout', this.of(v.inputs[0]), number(v.attrs.rate), 'self.training');
    if (is<object>(v, dropout, noise))
      return this.unwritable(`the op ${v.op.opName}, which draws while the model is trained`);
    if (is<object>(v, add)) {
      const [product, bias] = v.inputs;
      const isInline = is<object>(product, linear) && !this.layerOf.has(product) && (this.uses.get(product) ?? 0) === 1;
      if (isInline && isVariable(bias) && bias.shape.length === 1)
        return call('F.linear', ...product.inputs.map((x) => this.of(x)), this.of(bias));
    }
    if (is(v, reshape) && this.of(v.inputs[0]).isNumber) return this.filled(v);
    if (is(v, reshape)) return this.reshaped(this.of(v.inputs[0]), v.inputs[0].shape, v.shape);
    if (is(v, broadcastTo) && !this.of(v.inputs[0]).isNumber) return this.expanded(v);
    const word = pytorchWords.of(v.op);
    const said = word?.(
      this.target,
      v.inputs.map((x) => this.of(x)),
      siteOf(v),
    );
    return said ?? this.of(expansionOf(v));
  }

  private filled(v: Value): Python {
    const sizes = tuple(v.shape.map((d) => this.dim(d)));
    return call('torch.full', sizes, this.of(v.inputs[0]), `dtype=${torchTypes[v.dtype]}`);
  }

  private expanded(v: Value): Python {
    const [x] = v.inputs;
    const lead = v.shape.length - x.shape.length;
    const sizes = v.shape.map((d, i) => (i >= lead && dimsEqual(x.shape[i - lead], d) ? '-1' : this.dim(d)));
    return method(this.of(x), 'expand', ...sizes);
  }

  /** A reshape, written with words that name the change if only one group of axes changes. */
  private reshaped(x: Python, from: Shape, to: Shape): Python {
    if (dimsAlike(from, to)) return x;
    if (isPadding(from, to)) {
      const index = indexOfNew(from, to);
      if (index) return element(x, index);
    }
    const lead = common(from, to);
    const tail = common(from.slice(lead).toReversed(), to.slice(lead).toReversed());
    const [a, b] = [from, to].map((s) => s.slice(lead, s.length - tail));
    if (a.length === 1 && b.length > 1 && b.every((d) => typeof d === 'number')) {
      return method(x, 'unflatten', tail === 0 ? '-1' : String(lead), `(${b.map((d) => sized(d)).join(', ')})`);
    }
    if (a.length > 1 && b.length === 1)
      return method(x, 'flatten', ...(tail === 0 ? [String(-a.length)] : [String(lead), String(lead + a.length - 1)]));
    const open = to.filter((d) => typeof d !== 'number');
    const sizes = to.map((d) => (open.length === 1 && typeof d !== 'number' ? '-1' : this.dim(d)));
    return method(x, 'reshape', ...sizes);
  }

  /** A size: a number, or an expression in the shapes of the arguments. */
  private dim(d: Dim): string {
    if (typeof d === 'number') return sized(d);
    for (const v of this.args) {
      const axis = v.shape.findIndex((e) => dimsEqual(e, d));
      if (axis >= 0) return `${ref(v)}.shape[${axis}]`;
    }
    const terms = [...d.terms].map(([symbol, count]) => {
      if (symbol === '') return sized(count);
      const one = this.dimOfSymbol(symbol);
      return count === 1 ? one : `${sized(count)} * ${one}`;
    });
    return terms.join(' + ');
  }

  private dimOfSymbol(symbol: string): string {
    for (const v of this.args) {
      const axis = v.shape.findIndex((e) => e instanceof SymbolicDim && constantTerm(e) === 0 && String(e) === symbol);
      if (axis >= 0) return `${ref(v)}.shape[${axis}]`;
    }
    return this.unwritable(`the size ${symbol}, which no argument has`);
  }

  unwritable(what: string): never {
    const { call: from } = this.parts.unit;
    const place = from
      ? `block ${from.block.name.name} (${placeOf(from.block)})`
      : `model ${this.parts.facts.model.name}`;
    throw new WeftError(
      `PyTorch cannot be emitted for ${place}: it has ${what}.`,
      'Write that part without it, or run the model with `--backend pytorch`, which takes every spec.',
    );
  }
}

function placeOf({ span }: { readonly span: Span }): string {
  return `${span.source.path}:${span.source.position(span.start).line}`;
}

/** Turns calls of a repetition into loops if each of them reads the results of the one before. */
function withLoops(items: readonly Item[], uses: ReadonlyMap<Value, number>): Item[] {
  const out: Item[] = [];
  for (let i = 0; i < items.length;) {
    const run = turnsFrom(items.slice(i));
    const carried = run.length > 1 ? carriedBy(run, uses) : null;
    if (carried) out.push({ kind: 'loop', at: items[i].at, callables: run, carried });
    else out.push(items[i]);
    i += carried ? run.length : 1;
  }
  return out;
}

function turnsFrom(items: readonly Item[]): Callable[] {
  const run: Callable[] = [];
  for (const item of items) {
    if (item.kind !== 'call' || item.callable.unit.kind !== 'module') break;
    const { unit, made } = item.callable;
    const [first] = run;
    const dot = unit.path.lastIndexOf('.');
    const isNext = unit.path.slice(dot + 1) === String(run.length);
    const isAlike = !first || (made === first.made && first.unit.path.slice(0, -1) === `${unit.path.slice(0, dot)}.`);
    if (!isNext || !isAlike) break;
    run.push(item.callable);
  }
  return run;
}

/** For each argument, the index of the previous turn's result that it is; null if all turns get the same value. Null if it is neither. */
function carriedBy(run: readonly Callable[], uses: ReadonlyMap<Value, number>): (number | null)[] | null {
  const [first, second] = run;
  const carried = first.args.map((a, i) => {
    if (run.every((c) => c.args[i] === a)) return null;
    return first.unit.results.indexOf(second.args[i]);
  });
  const isCarried = run
    .slice(1)
    .every((c, i) => carried.every((at, k) => at === null || (at >= 0 && c.args[k] === run[i].unit.results[at])));
  const places = carried.filter((at) => at !== null);
  const isWhole = places.length === first.unit.results.length && new Set(places).size === places.length;
  // Only the next turn reads the results of a turn.
  const isChained = run.slice(0, -1).every((c) => c.unit.results.every((v) => (uses.get(v) ?? 0) <= 1));
  return isCarried && isWhole && isChained ? carried : null;
}

function isScalar(v: Value): boolean {
  return v.shape.length === 0 && v.leaf?.kind === 'constant';
}

function dimsAlike(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => dimsEqual(d, b[i]));
}

/** How many leading axes are equal. */
function common(a: Shape, b: Shape): number {
  const at = a.findIndex((d, i) => i >= b.length || !dimsEqual(d, b[i]));
  return at < 0 ? Math.min(a.length, b.length) : at;
}

/** Whether only axes of one element are added. */
function isPadding(from: Shape, to: Shape): boolean {
  return (
    to.length > from.length &&
    dimsAlike(
      from.filter((d) => d !== 1),
      to.filter((d) => d !== 1),
    )
  );
}

/** An index such as `:, None`; null if an axis is also removed. */
function indexOfNew(from: Shape, to: Shape): string | null {
  const parts: string[] = [];
  let i = 0;
  for (const d of to) {
    if (i < from.length && dimsEqual(d, from[i]) && !(d === 1 && from.length - i < 1)) {
      parts.push(':');
      i++;
    } else if (d === 1) parts.push('None');
    else return null;
  }
  if (i < from.length) return null;
  const last = parts.lastIndexOf('None');
  if (last === parts.length - 1 && parts.filter((p) => p === 'None').length === 1) return '..., None';
  return parts.slice(0, last + 1).join(', ');
}

function shapeText(shape: Shape): string {
  return formatShape(shape).replace(/\b\d+\b/g, (n) => sized(Number(n)));
}
