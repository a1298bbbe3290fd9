/** Hyper-parameters by name in settings, `batch = 4096 / width`: their values for the model that the section trains. */
// Tested by test/compiler/sections/hyperparameters.test.ts.
import { membersOf } from '../lower/members';
import { evaluated } from '../lower/evaluated';
import type { ModelGraph } from '../lower/model';
import { formatSize, type Evaluated } from '../lower/values';
import type { NumberOfName } from './written';
import { Source, type Span } from '../source';
import type { Expression } from '../syntax/ast';
import { isExpression } from '../syntax/items';

/** By name; null for a model with errors of its own. A value that could not be computed is poison. */
export type Hyperparameters = ReadonlyMap<string, Evaluated> | null;

/** The names that the settings of one section may use, computed when one is first used. */
export class SettingNames {
  private found: Hyperparameters | undefined;

  constructor(
    /** The model in messages; null for a section that names none, or that may not use hyper-parameters. */
    readonly model: string | null,
    private readonly compute: () => Hyperparameters,
  ) {}

  /** Whether the value of a setting depends on the model. */
  get isUsed(): boolean {
    return this.found !== undefined;
  }

  get all(): Hyperparameters {
    return (this.found ??= this.compute());
  }

  /** The value of `width` or `size.height`; null for other expressions and for names without a value. */
  valueOf(e: Expression): Evaluated | null {
    if (this.model === null) return null;
    if (e.kind === 'name') return this.all?.get(e.name) ?? null;
    const object = e.kind === 'member' ? this.valueOf(e.object) : null;
    return e.kind === 'member' && object ? (membersOf(object)[e.property.name] ?? null) : null;
  }

  /** The number that a name stands for; null for a name that stands for none. */
  readonly numberOf: NumberOfName = (e) => {
    const value = this.valueOf(e);
    return value?.kind === 'number' ? value.value : null;
  };

  /** The text of an expression, on one line, with values in place of hyper-parameters; names in `own` mean something else. */
  textOf(e: Expression, own: ReadonlySet<string> = new Set()): string {
    const { source, start, end } = e.span;
    let text = '';
    let at = start;
    for (const { span, value } of this.valuesIn(e, own)) {
      const isWhole = span.start === start && span.end === end;
      text += source.text.slice(at, span.start) + (isWhole || /^[\w."]+$/.test(value) ? value : `(${value})`);
      at = span.end;
    }
    return (text + source.text.slice(at, end)).replace(/\s+/g, ' ').trim();
  }

  /** The places of hyper-parameters in an expression with their values as text, in order. */
  private valuesIn(node: unknown, own: ReadonlySet<string>): { readonly span: Span; readonly value: string }[] {
    if (Array.isArray(node)) return node.flatMap((item) => this.valuesIn(item, own));
    if (typeof node !== 'object' || node === null || node instanceof Source) return [];
    if (isExpression(node)) {
      const root = rootOf(node);
      const value = root !== null && !own.has(root) ? this.valueOf(node) : null;
      const text = value && writtenValue(value);
      if (text) return [{ span: node.span, value: text }];
      if (node.kind === 'lambda')
        return this.valuesIn(node.body, new Set([...own, ...node.parameters.map((p) => p.name)]));
      if (node.kind === 'call') return this.valuesIn(node.args, own);
    }
    return Object.values(node).flatMap((item) => this.valuesIn(item, own));
  }
}

/** The names that settings may use for a model that is built. */
export function namesOfModel(model: Pick<ModelGraph, 'name' | 'hyperparameters'>): SettingNames {
  const values = Object.entries(model.hyperparameters).map(([name, value]) => [name, evaluated(value)] as const);
  return new SettingNames(model.name, () => new Map(values));
}

/** A section that cannot use hyper-parameters. */
export const noNames = new SettingNames(null, () => null);

/** The name at the start of `size` and of `size.height`. */
function rootOf(e: Expression): string | null {
  return e.kind === 'name' ? e.name : e.kind === 'member' ? rootOf(e.object) : null;
}

/** A value as a spec writes it; null for those that cannot be written. */
function writtenValue(v: Evaluated): string | null {
  switch (v.kind) {
    case 'number':
      return `${v.value}${!v.isInteger && Number.isInteger(v.value) ? '.0' : ''}`;
    case 'boolean':
      return String(v.value);
    case 'string':
      return JSON.stringify(v.value);
    case 'word':
      return v.name;
    case 'size':
      return formatSize(v);
    case 'ratio':
      return `${v.left}:${v.right}`;
    default:
      return null;
  }
}
