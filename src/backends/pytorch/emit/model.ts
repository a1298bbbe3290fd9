/** A model as Python: one class for each distinct block that has weights, one function for each that has none. */
import type { Initializer, Variable } from '../../../compiler/ir/graph';
import type { Value } from '../../../compiler/ir/graph';
import { WeftError } from '../../../compiler/diagnostics/diagnostic';
import { held } from '../../../compiler/invariant';
import { is } from '../../../compiler/ops/define';
import { cos, sin } from '../../../compiler/ops/elementwise';
import type { ModelGraph } from '../../../compiler/lower/model';
import { number } from '../expression';
import { Attributes, type Attribute } from './attributes';
import { Body, type Callable } from './body';
import { layerOf, relative, type Layer } from './layers';
import { fillSizes, sized, withoutSizes } from './sizes';
import { named, pythonName } from './statements';
import { factsOf, nameIn, unitsOf, type Facts, type Unit } from './units';

/** The text of a unit before it has a name, with sizes marked. */
interface Draft {
  readonly unit: Unit;
  readonly args: readonly Value[];
  readonly argNames: readonly string[];
  /** What follows `class NAME` or `def NAME`. */
  readonly text: string;
}

/** `model.py` of a model; `functions` is the text of `functions.py`. */
export function emitModel(model: ModelGraph, functions: string): string {
  const facts = factsOf(model);
  const writer = new Writer(facts);
  const body = writer.all();
  const helpers = [...writer.helpers].map((name) => functionText(functions, name));
  const usesMath = /\bmath\./.test(body);
  const imports = `${usesMath ? 'import math\n\n' : ''}import torch\nimport torch.nn.functional as F\nfrom torch import nn\n`;
  const head = `"""${model.name}, written by Weft from its spec. \`load_state_dict\` takes weights under the spec's paths."""\n`;
  return `${head}\n${imports}\n\n${[...helpers, body].join('\n\n\n')}\n`;
}

class Writer {
  readonly helpers = new Set<string>();
  private readonly callables = new Map<Unit, Callable>();
  private readonly names = new Map<string, number>();
  private readonly texts: string[] = [];

  constructor(private readonly facts: Facts) {}

  /** All units, inner units first. */
  all(): string {
    const root = unitsOf(this.facts);
    const levels: Unit[][] = [];
    const place = (u: Unit): number => {
      const height = Math.max(-1, ...u.children.map(place)) + 1;
      (levels[height] ??= []).push(u);
      return height;
    };
    place(root);
    for (const level of levels) this.writeLevel(level);
    return this.texts.join('\n\n\n');
  }

  private writeLevel(units: readonly Unit[]): void {
    const groups = new Map<string, Draft[]>();
    for (const unit of units) {
      const draft = this.draft(unit);
      const key = [
        unit.kind,
        unit.call?.block.name.name,
        withoutSizes(draft.text).template,
        draft.argNames.join(),
      ].join('\n');
      groups.set(key, [...(groups.get(key) ?? []), draft]);
    }
    for (const drafts of groups.values()) this.writeGroup(drafts);
  }

  /** One class or function for units that differ only in some sizes, which become its parameters. */
  private writeGroup(drafts: readonly Draft[]): void {
    const [{ unit, text }] = drafts;
    const sizes = drafts.map((d) => withoutSizes(d.text).sizes);
    const { parameters, nameAt } = parametersOf(drafts, sizes);
    const own = this.uniqueName(unit);
    const isModule = unit.kind === 'module';
    const kept = new Set<string>();
    const filled = fillSizes(text, (size, at, place) => {
      const name = nameAt(at);
      if (name === null) return String(size);
      if (!isModule || place !== 'forward') return name;
      kept.add(name);
      return `self.${name}`;
    });
    const tail = parameters.map((p) => p.name);
    const signature = ['self', ...tail.map((name) => `${name}: int`)].join(', ');
    this.texts.push(
      filled
        .replaceAll('«name»', own)
        .replace('«init»', signature)
        .replace('«self»', [...kept].map((name) => `        self.${name} = ${name}\n`).join(''))
        .replace('«extra»', tail.map((name) => `, ${name}`).join('')),
    );
    drafts.forEach((d, i) => {
      const given = parameters.map((p) => sized(sizes[i][p.at]));
      const made = isModule ? `${own}(${given.join(', ')})` : own;
      this.callables.set(d.unit, { unit: d.unit, args: d.args, made, extra: isModule ? [] : given });
    });
  }

  private draft(unit: Unit): Draft {
    const owned = new Map(unit.weights.map((w) => [relative(w, unit.path), w]));
    const inChild = (v: Value): boolean => unit.children.some((c) => v.id >= c.first && v.id < c.end);
    const layers = unit.weights.flatMap((w): Layer[] => {
      const layer = layerOf(w, unit.path, owned, this.facts.users);
      return layer && !inChild(layer.value) && layer.value.id < unit.end ? [layer] : [];
    });
    const attributes = this.attributes(unit, layers);
    const parts = {
      facts: this.facts,
      unit,
      callables: this.callables,
      layers,
      access: (path: string) => attributes.access(path),
      helper: (name: string) => void this.helpers.add(name),
    };
    const body = new Body(parts);
    const args = orderedArgs(unit, body.args, this.facts.model);
    const hint = this.hints(unit, body.turned);
    const argNames = args.map((v) => this.argName(unit, v));
    const fixed = new Map(args.map((v, i) => [v.id, argNames[i]]));
    const stored = this.storedTables(unit, attributes);
    const known = { values: [...new Set([...body.tables, ...stored.keys()])], stored };
    const tables = this.tables(parts, known, hint, new Set([...argNames, ...attributes.names()]));
    for (const [v, name] of tables.names) fixed.set(v.id, name);
    const lines = named(body.statements, fixed, hint);
    const doc = docText(unit.call ? unit.call.block.doc : this.facts.model.trace.doc);
    if (unit.kind === 'function') {
      const all = [...(doc ? [doc] : []), ...tables.lines, ...lines];
      return { unit, args, argNames, text: `def «name»(${argNames.join(', ')}«extra»):\n${indented(all, 4)}` };
    }
    const base = attributes.isDictionary ? 'nn.ModuleDict' : 'nn.Module';
    const init = [
      'super().__init__()',
      ...attributes.lines(),
      ...this.starts(unit, layers, attributes),
      ...tables.lines,
    ];
    const text = [
      `class «name»(${base}):`,
      ...(doc ? [indented([doc], 4), ''] : []),
      `    def __init__(«init»):`,
      `${indented(init, 8)}\n«self»`,
      `    def forward(self, ${argNames.join(', ')}):`,
      indented(lines, 8),
    ].join('\n');
    return { unit, args, argNames, text };
  }

  private attributes(unit: Unit, layers: readonly Layer[]): Attributes {
    const layered = new Set(layers.flatMap((l) => l.weights));
    const bare = unit.weights.filter((w) => !layered.has(w));
    const all: (Attribute & { at: number })[] = [
      ...layers.map((l) => ({ path: l.path, made: l.made, isWeight: false, at: l.weights[0].id })),
      ...bare.map((w) => ({ path: relative(w, unit.path), made: weightText(w), isWeight: true, at: w.id })),
      ...unit.children
        .filter((c) => c.kind === 'module')
        .map((c) => ({
          path: unit.path === '' ? c.path : c.path.slice(unit.path.length + 1),
          made: held(this.callables, c).made,
          isWeight: false,
          at: c.first,
        })),
    ];
    const owner = unit.call ? `block ${unit.call.block.name.name}` : `model ${this.facts.model.name}`;
    return new Attributes(
      owner,
      all.sort((a, b) => a.at - b.at),
    );
  }

  /** Lines for weights whose initial values differ from those of PyTorch's layers. */
  private starts(unit: Unit, layers: readonly Layer[], attributes: Attributes): string[] {
    const usual = new Map(
      layers.flatMap((l) => l.weights.map((w, i) => [w, { layer: l, start: l.starts[i] }] as const)),
    );
    return unit.weights.flatMap((w) => {
      const { init } = w.leaf;
      const known = usual.get(w);
      if ((known && sameStart(known.start, init)) || this.facts.model.trace.tables.has(w)) return [];
      const name = relative(w, unit.path);
      const target = known
        ? `${attributes.access(known.layer.path)}.${name.slice(known.layer.path.length + 1)}`
        : attributes.access(name);
      return startText(target, init, known !== undefined);
    });
  }

  /** Tables that depend on nothing: buffers of a class, first lines of a function. */
  private tables(
    parts: ConstructorParameters<typeof Body>[0],
    { values: tables, stored }: { values: readonly Value[]; stored: ReadonlyMap<Value, string> },
    hint: (v: Value) => string,
    taken: ReadonlySet<string>,
  ): { lines: string[]; names: Map<Value, string> } {
    const names = new Map<Value, string>();
    if (tables.length === 0) return { lines: [], names };
    const unit: Unit = { ...parts.unit, kind: 'function', isTable: true, results: tables };
    const body = new Body({ ...parts, unit, layers: [] });
    const made = body.statements.slice(0, -1);
    if (body.args.length > 0) body.unwritable('a table that is made of what the block is given');
    const texts = named(
      [...made, ...tables.map((v) => ({ text: body.of(v).text, defines: [], comment: null }))],
      new Map(),
      hint,
    );
    const before = texts.slice(0, texts.length - tables.length);
    const known = new Map<string, string>();
    const used = new Set(taken);
    const isModule = parts.unit.kind === 'module';
    const lines = tables.flatMap((v, i) => {
      const text = texts[texts.length - tables.length + i];
      const target = stored.get(v);
      if (target !== undefined) return [`${target}.copy_(${text})`];
      const same = known.get(text);
      const name = same ?? uniqueIn(used, tableName(v, hint));
      names.set(v, isModule ? `self.${name}` : name);
      if (same) return [];
      known.set(text, name);
      used.add(name);
      if (isModule) return [`self.register_buffer(${JSON.stringify(name)}, ${text}, persistent=False)`];
      const [beside] = parts.unit.call ? orderedArgs(parts.unit, new Body(parts).args, this.facts.model) : [];
      const device = beside ? `.to(${this.argName(parts.unit, beside)}.device)` : '';
      return [`${name} = ${/^[\w.]+\(.*\)$/.test(text) ? text : `(${text})`}${device}`];
    });
    return { lines: [...before, ...lines], names };
  }

  /** Weights that are not trained and start as a table that is computed here: the way each is reached, and its table. */
  private storedTables(unit: Unit, attributes: Attributes): Map<Value, string> {
    const { tables } = this.facts.model.trace;
    const found = unit.weights.flatMap((w) => {
      const table = tables.get(w);
      return table ? [[table, attributes.access(relative(w, unit.path))] as const] : [];
    });
    return new Map(found);
  }

  private hints(unit: Unit, turned: ReadonlyMap<Value, string>): (v: Value) => string {
    return (v) => {
      const name = nameIn(unit, v, this.facts) ?? turned.get(v);
      if (name) return pythonName(name);
      const child = unit.children.find((c) => c.results.includes(v));
      const label =
        child?.kind === 'module' ? child.path.split('.').findLast((part) => !/^\d+$/.test(part)) : undefined;
      return pythonName(label ?? child?.call?.block.name.name ?? 'h');
    };
  }

  private argName(unit: Unit, v: Value): string {
    const given = unit.call?.given.find((g) => g.values.includes(v));
    if (given) return pythonName(given.values.length === 1 ? given.name : `${given.name}_${given.values.indexOf(v)}`);
    if (v.leaf?.kind === 'input') return pythonName(v.leaf.name);
    if (v.leaf?.kind === 'variable') return pythonName(v.leaf.name.split('.').slice(-2).join('_'));
    return pythonName(this.facts.model.trace.names.get(v)?.[0].name ?? `given_${unit.call?.given.length ?? 0}`);
  }

  private uniqueName(unit: Unit): string {
    const written = unit.call ? unit.call.block.name.name : this.facts.model.name;
    const base = unit.kind === 'module' && unit.call ? className(written) : pythonName(written);
    const count = (this.names.get(base) ?? 0) + 1;
    this.names.set(base, count);
    return count === 1 ? base : `${base}${count}`;
  }
}

/** Parameters in the order of the block, then the other values it reads; for a model, all of its inputs. */
function orderedArgs(unit: Unit, args: readonly Value[], model: ModelGraph): Value[] {
  const known = unit.call ? unit.call.given.flatMap((g) => g.values) : model.inputs.map((i) => i.value);
  const first = [...new Set(known)].filter((v) => !unit.call || args.includes(v));
  return [...first, ...args.filter((v) => !first.includes(v))];
}

/** The sizes in which otherwise equal units differ. Sizes that are equal within each unit share a parameter. */
function parametersOf(
  drafts: readonly Draft[],
  sizes: readonly (readonly number[])[],
): { parameters: { name: string; at: number }[]; nameAt: (at: number) => string | null } {
  const column = (at: number): string => sizes.map((row) => row[at]).join();
  const varying = sizes[0].flatMap((size, at) => (sizes.every((row) => row[at] === size) ? [] : [at]));
  const taken = new Set(drafts[0].text.match(/\w+/g));
  const found = new Map<string, { name: string; at: number }>();
  for (const at of varying) {
    if (found.has(column(at))) continue;
    const name = sizeName(drafts, (i) => sizes[i][at], taken);
    taken.add(name);
    found.set(column(at), { name, at });
  }
  return { parameters: [...found.values()], nameAt: (at) => found.get(column(at))?.name ?? null };
}

/** The name that the block has for a size, if all uses agree; otherwise a plain name. */
function sizeName(drafts: readonly Draft[], sizeOf: (i: number) => number, taken: ReadonlySet<string>): string {
  const names = [...(drafts[0].unit.call?.sizes.keys() ?? [])].filter(
    (name) => !taken.has(name) && drafts.every((d, i) => d.unit.call?.sizes.get(name) === sizeOf(i)),
  );
  return names[0] ? pythonName(names[0]) : uniqueIn(taken, 'size');
}

function uniqueIn(taken: ReadonlySet<string>, wanted: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}${n}`;
    if (!taken.has(name)) return name;
  }
}

function tableName(v: Value, hint: (v: Value) => string): string {
  if (is<object>(v, cos)) return 'cos';
  if (is<object>(v, sin)) return 'sin';
  const name = hint(v);
  return name === 'h' ? 'table' : name;
}

/** `swiglu` → `Swiglu`, `dit_block` → `DitBlock`. */
function className(name: string): string {
  return name
    .split('_')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

function weightText(w: Variable): string {
  const shape = w.shape.map((d) => sized(d)).join(', ');
  const made = { zeros: 'zeros', ones: 'ones' }[w.leaf.init.kind as 'zeros' | 'ones'] ?? 'empty';
  const fixed = w.leaf.role === 'buffer' ? ', requires_grad=False' : '';
  return `nn.Parameter(torch.${made}(${shape || '()'})${fixed})`;
}

function sameStart(a: Initializer | null, b: Initializer): boolean {
  if (a?.kind === 'uniform' && b.kind === 'uniform') return Math.abs(a.bound - b.bound) <= 1e-6 * b.bound;
  if (a?.kind === 'normal' && b.kind === 'normal') return a.std === b.std;
  return a?.kind === b.kind;
}

function startText(target: string, init: Initializer, isLayer: boolean): string[] {
  switch (init.kind) {
    case 'zeros':
      return isLayer ? [`nn.init.zeros_(${target})`] : [];
    case 'ones':
      return isLayer ? [`nn.init.ones_(${target})`] : [];
    case 'constant':
      return [`nn.init.constant_(${target}, ${number(init.value).text})`];
    case 'normal':
      return [`nn.init.normal_(${target}, std=${number(init.std).text})`];
    case 'uniform': {
      const bound = number(Number(init.bound.toPrecision(9))).text;
      return [`nn.init.uniform_(${target}, -${bound}, ${bound})`];
    }
    case 'table':
      throw new WeftError(
        `PyTorch cannot be emitted for the weight ${target.replace('self.', '')}: it starts as a table of numbers.`,
        'Run the model with `--backend pytorch`, which takes every spec.',
      );
  }
}

/** The comment of a declaration as a docstring, in lines of readable width. */
function docText(doc: string): string | null {
  const words = doc.trim().replaceAll('"""', "'''").replaceAll('\\', '\\\\').split(/\s+/).filter(Boolean);
  if (words.length === 0) return null;
  const lines: string[] = [];
  for (const word of words) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + word.length < 100) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.length === 1 ? `"""${lines[0]}"""` : `"""${lines.join('\n')}\n"""`;
}

function indented(lines: readonly string[], by: number): string {
  const space = ' '.repeat(by);
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => (line === '' ? '' : space + line))
    .join('\n');
}

/** A function of `functions.py`, which is called by the name alone. */
function functionText(functions: string, name: string): string {
  const at = functions.indexOf(`def ${name}(`);
  const end = functions.indexOf('\n\n\n', at);
  return functions.slice(at, end < 0 ? undefined : end).trimEnd();
}
