/** The models that a file can name. Each is elaborated when it is asked for. */
// Tested by test/compiler/check/cases.test.ts.
import type { BoundSpec } from '../bind/bind';
import { isModelLike, unknownModel } from '../bind/models';
import { baseOf } from '../bind/rules/sections';
import { sourceOf } from '../bind/signature';
import { NameScope } from '../bind/scope';
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { LoadedFile } from '../link/load';
import {
  elaborate,
  hyperparametersOf,
  toStatic,
  withinLimits,
  type Elaborated,
  type ElaborateOptions,
  type Override,
} from '../lower/elaborate';
import { newContext } from '../lower/interpreter';
import type { StaticValue } from '../lower/model';
import { Scope } from '../lower/scope';
import { poison } from '../lower/values';
import { noNames, type Hyperparameters, type SettingNames } from '../recipe/hyperparameters';
import type { GivenSettings } from '../sections/keys';
import { sourceText, type Study, type StudyCase, type WrittenCase, type WrittenStudy } from '../sections/study';
import { readWritten } from '../sections/written';
import { joinSpans } from '../source';
import type { Argument, Expression, Identifier, ModelDeclaration, VariantDeclaration } from '../syntax/ast';

type ModelLike = ModelDeclaration | VariantDeclaration;

const nothing: Elaborated = { model: null, diagnostics: [] };

export class Models {
  /** The models and variants that the file declares, by name. */
  private readonly declared: ReadonlyMap<string, ModelLike>;
  private readonly called = new Map<Expression, Elaborated>();

  constructor(
    private readonly file: LoadedFile,
    readonly bound: BoundSpec,
    /** Gives the hyper-parameters of a model that are set for the whole file. */
    private readonly writtenFor: (model: string) => GivenSettings,
  ) {
    this.declared = new Map(
      file.file.declarations.flatMap((d): [string, ModelLike][] =>
        d.kind === 'model' || d.kind === 'variant' ? [[d.name.name, d]] : [],
      ),
    );
  }

  /** The names of the declared models and variants, in order of declaration. */
  get names(): readonly string[] {
    return [...this.declared.keys()];
  }

  /** The name under which a model of the file is built: that of its base if it changes nothing. Null if it has errors. */
  builtAs(name: string): string | null {
    const d = this.declared.get(name);
    if (!d || !this.bound.canBuild(d)) return null;
    const isAnotherName =
      d.kind === 'variant' && d.args.length === 0 && this.declared.get(d.base.name)?.kind === 'model';
    return isAnotherName ? d.base.name : name;
  }

  /** A model of the file, with the hyper-parameters that are set for the whole file. */
  inFile(name: string, how: ElaborateOptions): Elaborated {
    return this.byName(name, this.writtenFor(name), how);
  }

  /** The same with some of them changed. */
  withChanges(name: string, changes: GivenSettings): Elaborated {
    return this.byName(name, { ...this.writtenFor(name), ...changes });
  }

  /** A model of the file, or an imported one, with the text of some hyper-parameters. */
  byName(name: string, settings: GivenSettings, how: ElaborateOptions = {}): Elaborated {
    const { file } = this;
    const declaration = this.declarationOf(name);
    if (declaration) return this.elaborate(declaration, settings, how);
    const span = { source: file.source, start: 0, end: 0 };
    return { model: null, diagnostics: [unknownModel({ name, span }, () => this.names)] };
  }

  /** The declaration of a model of the file, or a variant that stands for an imported one; null for another name. */
  private declarationOf(name: string): ModelLike | null {
    const imported = this.file.visible.get(name);
    const isModel = imported && isModelLike(imported.declaration);
    return this.declared.get(name) ?? (isModel ? variantOf(name, { name, span: imported.declaration.span }, []) : null);
  }

  /** The hyper-parameters of a model or of a case of a study, with some set by hand; null if the model has errors of its own. */
  hyperparametersOf(named: string | WrittenCase, settings: GivenSettings = {}): Hyperparameters {
    const base = typeof named === 'string' ? named : named.base.name;
    const declaration =
      typeof named === 'string' ? this.declarationOf(named) : variantOf(named.name, named.base, named.args);
    if (!declaration || !this.canBuild(base)) return null;
    const wrong: Diagnostic[] = [];
    const written = { ...this.writtenFor(base), ...settings };
    const overrides = Object.entries(written).flatMap(([key, text]) => this.override(base, [key, text], wrong));
    if (wrong.length > 0) return null;
    return hyperparametersOf(this.bound.names, { file: this.file, declaration }, overrides);
  }

  /**
   * The model of a call such as `Model` or `Model(width: 384)`, whose arguments may use `names`; built once where they use none. Null
   * without a diagnostic if its name is already reported.
   */
  byCall(e: Expression, names: SettingNames = noNames): Elaborated {
    const [callee, args] = e.kind === 'call' ? [e.callee, e.args] : [e, []];
    if (callee.kind !== 'name' || !this.canBuild(callee.name)) return nothing;
    const computed = args.map((a) => ({ ...a, value: withValues(a.value, names) }));
    const variant = variantOf(callee.name, { name: callee.name, span: callee.span }, computed);
    if (computed.some((a, i) => a.value !== args[i].value)) return this.elaborate(variant, {});
    const built = this.called.get(e) ?? this.elaborate(variant, {});
    this.called.set(e, built);
    return built;
  }

  /** The model of a case of a study; null without a diagnostic if its name is already reported. */
  byCase({ name, base, args }: WrittenCase, how: ElaborateOptions): Elaborated {
    if (!this.canBuild(base.name)) return nothing;
    return this.elaborate(variantOf(name, base, args), this.writtenFor(base.name), how);
  }

  /** A study whose cases are built as variants of their models. */
  studyOf({ cases, ...study }: WrittenStudy): Study {
    return {
      ...study,
      cases: cases.map(({ name, base, args }): StudyCase => {
        const declaration = variantOf(name, base, args);
        return {
          name,
          model: base.name,
          changes: Object.fromEntries(args.flatMap((a) => (a.name ? [[a.name.name, sourceText(a.value)]] : []))),
          elaborate: (settings = {}) => this.elaborate(declaration, settings),
        };
      }),
    };
  }

  /** A value as text, the same for `8` and `2 * 4`; the source text if it cannot be computed without a model. */
  valueOf(e: Expression): string {
    const value = this.evaluated(e, new Scope());
    return value === null ? sourceText(e) : JSON.stringify(value);
  }

  /** The defaults of a model's hyper-parameters; null for those that depend on other hyper-parameters. */
  defaultsOf(name: string): { readonly [name: string]: StaticValue | null } {
    const base = baseOf(this.file, name)?.declaration;
    if (!base) return {};
    const unknown = new Scope();
    for (const p of base.parameters) unknown.bind(p.name.name, poison, p.name.span);
    const args = this.argumentsOf(name);
    return Object.fromEntries(
      base.parameters.map(({ name: { name: key }, default: standard }) => {
        const e = args.get(key) ?? standard;
        return [key, e ? this.evaluated(e, unknown) : null];
      }),
    );
  }

  private evaluated(e: Expression, scope: Scope): StaticValue | null {
    const ctx = newContext(this.bound.names);
    return toStatic(withinLimits(ctx, () => ctx.evaluate(e, scope)));
  }

  /** The arguments set by a variant and the variants it is based on; the one nearest to `name` counts. */
  private argumentsOf(name: string): Map<string, Expression> {
    const { visible } = this.file;
    const found = new Map<string, Expression>();
    const seen = new Set<string>();
    for (let d = visible.get(name)?.declaration; d?.kind === 'variant' && !seen.has(d.name.name);) {
      seen.add(d.name.name);
      for (const a of d.args) if (a.name && !found.has(a.name.name)) found.set(a.name.name, a.value);
      d = visible.get(d.base.name)?.declaration;
    }
    return found;
  }

  /** Whether the name is that of a declared or imported model that has no errors itself. */
  canBuild(name: string): boolean {
    const target = this.file.visible.get(name)?.declaration;
    return target !== undefined && isModelLike(target) && this.bound.canBuild(target);
  }

  private elaborate(declaration: ModelLike, settings: GivenSettings, how: ElaborateOptions = {}): Elaborated {
    const diagnostics: Diagnostic[] = [];
    const name = declaration.kind === 'variant' ? declaration.base.name : declaration.name.name;
    const overrides = Object.entries(settings).flatMap(([key, text]) => this.override(name, [key, text], diagnostics));
    if (diagnostics.length > 0) return { model: null, diagnostics };
    return elaborate(this.bound.names, { file: this.file, declaration }, overrides, how);
  }

  /** A hyper-parameter that is set by hand; its value may use the hyper-parameters before it. */
  private override(model: string, [key, text]: readonly [string, string], diagnostics: Diagnostic[]): Override[] {
    const { entry, diagnostics: found } = readWritten(key, text);
    diagnostics.push(...found);
    if (!entry) return [];
    const { value, path } = entry;
    const base = baseOf(this.file, model);
    const parameters = base?.declaration.parameters.map((p) => p.name.name) ?? [];
    const locals = new NameScope();
    for (const name of parameters) {
      if (name === key) break;
      locals.bind(name, 'parameter', value.span);
    }
    diagnostics.push(...this.bound.bindLoose({ value, home: base?.file ?? this.file, locals }));
    return [{ name: key, nameSpan: joinSpans(path[0].span, path[path.length - 1].span), value, seesOthers: true }];
  }
}

/** An expression with values in place of hyper-parameters; the expression itself if it uses none. */
function withValues(e: Expression, names: SettingNames): Expression {
  const text = names.textOf(e);
  return text === sourceOf(e) ? e : (readWritten('value', text).entry?.value ?? e);
}

function variantOf(name: string, base: Identifier, args: readonly Argument[]): ModelLike {
  const { span } = base;
  return { kind: 'variant', span, doc: '', name: { name, span }, base, args };
}
