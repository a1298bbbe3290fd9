/** Binds one declaration, or an expression that stands alone: decides what each name in it means. */
// Tested by test/compiler/bind/bind.test.ts.
import { adviceOnName } from './aliases';
import { declaredSignature, type Signature } from './signature';
import { assertNever, held } from '../invariant';
import type { Facts } from '../diagnostics/catalog';
import { diagnose } from '../diagnostics/diagnostic';
import { suggest } from '../diagnostics/suggest';
import type { Span } from '../source';
import type {
  Argument,
  Body,
  Expression,
  IfStatement,
  Labelled,
  Name,
  NamedTypeNode,
  Parameter,
  Statement,
  StringLiteral,
  TypeNode,
} from '../syntax/ast';
import { inputTypes, outputTypes } from '../lower/input-types';
import { objectiveNames } from '../lower/objective/names';
import { optimizerNames } from '../lower/optimizer/names';
import { guidanceNames, solverNames } from '../lower/solver/names';
import { messageParts } from '../syntax/message';
import { isMethod } from '../syntax/methods';
import { namesOf, withBranchBodies, withBranches } from '../syntax/statements';
import type { LoadedFile, NamedDeclaration } from '../link/load';
import { bindCall, writtenArguments } from './bind-call';
import { matchCall, type WrittenCall } from './match-call';
import type { Match, Meaning } from './names';
import { repeatedNames } from './rules/duplicates';
import { checkLabel } from './rules/labels';
import { requireValue } from './rules/values';
import { NameScope, type BindingKind, type NameBinding } from './scope';
import { dimensionNames, type World } from './world';

/** The names that each kind of declaration has besides its parameters. */
const ownNames: { readonly [K in Exclude<NamedDeclaration['kind'], 'variant'>]: readonly string[] } = {
  block: [],
  model: [],
  objective: objectiveNames,
  optimizer: optimizerNames,
  solver: solverNames,
  guidance: guidanceNames,
};

export class BodyBinder {
  /** Whether an `if` decides if the current statement runs: it is in a branch, or after a branch that returns. */
  private isConditional = false;
  /** An argument that is read as a number of a recipe, where its unknown names are reported. */
  private numberOfRecipe: Expression | null = null;

  /** `quiet` is true if the parser lost part of the declaration: unknown and unused names are then not reported. */
  constructor(
    private readonly world: World,
    private readonly file: LoadedFile,
    /** Null for an expression that stands alone. */
    private readonly declaration: NamedDeclaration | null,
    private readonly quiet = false,
  ) {}

  /** Binds the whole declaration. */
  bindAll(): void {
    const d = this.declaration;
    const scope = new NameScope();
    if (!d) return;
    if (d.kind === 'variant') {
      const base = this.file.visible.get(d.base.name);
      if (base) this.world.refer(d, { target: base.declaration, span: d.base.span, conditional: false });
      this.args(d.args, scope);
      return;
    }
    for (const name of ownNames[d.kind]) scope.bind(name, 'parameter', d.name.span);
    for (const p of d.parameters) this.parameter(p, scope);
    this.body(d.body, new NameScope(scope));
    // The type of the result is bound last, since the body may bind its sizes.
    if (d.kind === 'block' && d.result) this.type(d.result, scope);
  }

  private parameter(p: Parameter, scope: NameScope): void {
    if (p.type) this.type(p.type, scope);
    if (p.type?.kind === 'named-type') this.matched(typeSignature(p.type.name.name), p.type);
    if (p.default) this.expression(p.default, scope);
    scope.bind(p.name.name, 'parameter', p.name.span);
  }

  /** Binds a type. A name in a shape that is not bound yet becomes a dimension variable. */
  private type(type: TypeNode, scope: NameScope): void {
    if (type.kind === 'tuple-type') {
      for (const item of type.items) this.type(item, scope);
    } else if (type.kind === 'named-type') {
      const own = wordsIn(type);
      this.args(
        type.args.filter((a) => !own.has(a.value)),
        scope,
      );
    } else if (type.kind === 'tensor-type') {
      for (const e of dimensionNames(type)) {
        if (!scope.lookup(e.name)) scope.bind(e.name, 'dimension', e.span);
        this.name(e, scope);
      }
      for (const e of type.dims) if (e.kind !== 'name') this.expression(e, scope);
    }
  }

  // Statements

  private body(body: Body, scope: NameScope): void {
    const outer = this.isConditional;
    for (const s of body.statements) this.statement(s, scope);
    if (body.result) this.expression(body.result, scope);
    this.isConditional = outer;
    for (const binding of scope.own.values()) this.checkUsed(binding);
  }

  private statement(s: Statement, scope: NameScope): void {
    switch (s.kind) {
      case 'let':
        this.expression(s.value, scope);
        for (const n of s.names) this.bind(n.name, 'let', n.span, scope);
        return;
      case 'require':
        this.expression(s.condition, scope);
        if (s.message) this.message(s.message, scope);
        return;
      case 'tap':
        this.expression(s.value, scope);
        return this.bind(s.name.name, 'statement', s.name.span, scope);
      case 'input':
        // The sizes of an input must be known: they are not dimension variables.
        if (s.type.kind === 'tensor-type') s.type.dims.forEach((e) => this.expression(e, scope));
        else this.type(s.type, scope);
        return this.bind(s.name.name, 'statement', s.name.span, scope);
      case 'output':
        this.expression(s.value, scope);
        if (s.type) this.type(s.type, scope);
        // In an objective, the name of an output is the label of weights, so it binds nothing.
        if (this.declaration?.kind === 'objective') return;
        return this.bind(s.name.name, 'statement', s.name.span, scope);
      case 'pathway':
        this.expression(s.tokens, scope);
        this.expression(s.width, scope);
        if (!this.quiet) requireValue(this.world, s.body, `Pathway ${s.name.name}`);
        this.body(s.body, new NameScope(scope));
        return this.bind(s.name.name, 'statement', s.name.span, scope);
      case 'if-statement':
        return this.conditional(s, scope);
      default:
        return assertNever(s);
    }
  }

  private bind(name: string, kind: BindingKind, span: Span, scope: NameScope): void {
    const replaced = scope.bind(name, kind, span);
    if (replaced) this.checkUsed(replaced);
  }

  private checkUsed({ kind, used, name, span }: { kind: BindingKind; used: boolean; name: string; span: Span }): void {
    if (kind !== 'let' || used || this.quiet || name.startsWith('_')) return;
    this.world.report(diagnose('unused-let', span, { name }));
  }

  /** Binds an `if`. Names that a branch binds can be used after it. */
  private conditional(s: IfStatement, scope: NameScope): void {
    this.expression(s.condition, scope);
    const outer = this.isConditional;
    this.isConditional = true;
    const branches = [s.then, ...(s.otherwise ? [s.otherwise] : [])].map((body) => ({
      body,
      scope: new NameScope(scope),
    }));
    const lasting = new Set<string>();
    /** Names that only one branch binds; they are `none` if the other one is taken. */
    const partial: NameBinding[] = [];
    for (const branch of branches) for (const inner of branch.body.statements) this.statement(inner, branch.scope);
    for (const [i, branch] of branches.entries()) {
      for (const name of branch.scope.own.keys()) {
        const other = branches[1 - i]?.scope.own.has(name) ?? false;
        if (other || scope.lookup(name)) lasting.add(name);
        else partial.push(held(branch.scope.own, name));
      }
    }
    for (const branch of branches) {
      if (branch.body.result) this.expression(branch.body.result, branch.scope);
    }
    for (const { name, kind, span, used } of partial) {
      scope.bind(name, kind, span);
      if (used) held(scope.own, name).used = true;
    }
    for (const name of lasting) {
      const before = scope.lookup(name);
      if (before) before.used = true;
      scope.bind(name, 'statement', s.span);
    }
    // Statements after a branch that returns run only if that branch is not taken.
    this.isConditional = outer || withBranchBodies(s).some((body) => body.result !== null);
  }

  /** Binds `{name}` and `{a.b}` in the message of a `require`. */
  private message(message: StringLiteral, scope: NameScope): void {
    for (const part of messageParts(message)) if (part.kind === 'value') this.expression(part.value, scope);
  }

  // Expressions

  expression(e: Expression, scope: NameScope): void {
    switch (e.kind) {
      case 'number':
      case 'string':
      case 'boolean':
      case 'size':
      case 'missing':
        return;
      case 'name':
        this.name(e, scope);
        return;
      case 'member':
        return this.expression(e.object, scope);
      case 'index':
        this.expression(e.object, scope);
        return this.expression(e.index, scope);
      case 'call':
        return this.call({ ...e, site: e, piped: null }, scope);
      case 'labelled':
        this.label(e, scope, false);
        return this.expression(e.value, scope);
      case 'unary':
        return this.expression(e.operand, scope);
      case 'binary':
        this.expression(e.left, scope);
        return this.expression(e.right, scope);
      case 'pipe':
        this.expression(e.value, scope);
        return this.stage(e.stage, scope, e.value.span);
      case 'repeat':
        return this.repeat(e, scope, null);
      case 'lambda':
        return this.lambda(e, scope);
      case 'if':
        return this.choice(e, scope);
      case 'tuple':
      case 'list':
        return e.items.forEach((item) => this.expression(item, scope));
      default:
        return assertNever(e);
    }
  }

  private choice(e: Expression & { readonly kind: 'if' }, scope: NameScope): void {
    this.expression(e.condition, scope);
    const outer = this.isConditional;
    this.isConditional = true;
    for (const branch of [e.then, e.otherwise]) {
      if (!this.quiet) requireValue(this.world, branch, 'This branch');
      this.body(branch, new NameScope(scope));
    }
    this.isConditional = outer;
  }

  private lambda(e: Expression & { readonly kind: 'lambda' }, scope: NameScope): void {
    const inner = new NameScope(scope);
    if (!this.quiet) repeatedNames(e.parameters.map((p) => [p, 'a parameter'])).forEach((d) => this.world.report(d));
    for (const p of e.parameters) inner.bind(p.name, 'function parameter', p.span);
    this.expression(e.body, inner);
  }

  private repeat(e: Expression & { readonly kind: 'repeat' }, scope: NameScope, piped: Span | null): void {
    this.expression(e.count, scope);
    const inner = new NameScope(scope);
    if (e.index) inner.bind(e.index.name, 'function parameter', e.index.span);
    if (piped) this.stage(e.stage, inner, piped);
    else this.expression(e.stage, inner);
  }

  /** Binds a stage of a pipe, which is called with the piped value in front of its arguments. */
  private stage(e: Expression, scope: NameScope, piped: Span): void {
    if (e.kind === 'call') this.call({ ...e, site: e, piped }, scope);
    else if (e.kind === 'labelled') {
      this.label(e, scope, true);
      this.stage(e.value, scope, piped);
    } else if (e.kind === 'repeat') this.repeat(e, scope, piped);
    else if (e.kind === 'name') this.call({ callee: e, args: [], site: e, piped }, scope);
    else this.expression(e, scope);
  }

  private label(e: Labelled, scope: NameScope, isStage: boolean): void {
    if (this.quiet) return;
    const { builtins } = this.world;
    const isWord = (name: string): boolean => !scope.lookup(name) && !this.file.visible.has(name) && builtins.has(name);
    checkLabel(e, { isStage, isWord, words: builtins }).forEach((d) => this.world.report(d));
  }

  private call({ callee, args, site, piped }: Application, scope: NameScope): void {
    this.args(args, scope);
    if (callee.kind !== 'name') return this.expression(callee, scope);
    const signature = this.signatureOf(this.name(callee, scope));
    if (!signature || this.quiet) return;
    this.world.names.settleCall(site, this.matched(signature, { args, span: site.span, piped }));
  }

  /** The signature of a callee; null if it is known only when the call runs. */
  private signatureOf(meaning: Meaning): Signature | null {
    if (meaning.kind === 'word') return this.world.builtins.get(meaning.name)?.signature ?? null;
    if (meaning.kind !== 'declaration') return null;
    const { declaration: d } = meaning;
    return d.kind === 'block' || isMethod(d) ? declaredSignature(d.name.name, d.parameters) : null;
  }

  private matched(signature: Signature, call: WrittenCall): Match {
    const { match, diagnostics } = matchCall(this.world.names, signature, call);
    if (!this.quiet) diagnostics.forEach((d) => this.world.report(d));
    return match;
  }

  /** Binds the call of a method; `number` is its argument that the recipe reads as a number. */
  methodCall(call: Expression, scope: NameScope, number: Expression | null): void {
    this.numberOfRecipe = number;
    this.expression(call, scope);
  }

  private args(args: readonly Argument[], scope: NameScope): void {
    for (const { value } of args) {
      const binder =
        value === this.numberOfRecipe ? new BodyBinder(this.world, this.file, this.declaration, true) : this;
      binder.expression(value, scope);
    }
  }

  /** Decides what a name stands for, and records it. */
  private name(e: Name, scope: NameScope): Meaning {
    const meaning = this.meaningOf(e, scope);
    this.world.names.settle(e, meaning);
    return meaning;
  }

  private meaningOf({ name, span }: Name, scope: NameScope): Meaning {
    const { world, file, declaration } = this;
    const local = scope.lookup(name);
    if (local) {
      local.used = true;
      return { kind: 'local', binding: local };
    }
    world.use(file, name);
    const visible = file.visible.get(name);
    if (visible) {
      if (declaration) world.refer(declaration, { target: visible.declaration, span, conditional: this.isConditional });
      return { kind: 'declaration', ...visible };
    }
    if (file.unresolved.has(name)) {
      if (declaration) world.incomplete.add(declaration);
      return { kind: 'unknown' };
    }
    if (world.builtins.has(name)) return { kind: 'word', name };
    if (world.choiceWords.has(name)) return { kind: 'choice', name };
    if (name) this.unknown(name, span, scope);
    return { kind: 'unknown' };
  }

  private unknown(name: string, span: Span, scope: NameScope): void {
    const { world, file } = this;
    if (this.quiet) return;
    const d = this.declaration;
    const later = !d || d.kind === 'variant' ? null : boundBelow(d.body, name, span);
    const visible = scope.mark();
    const facts = (): Facts<'unknown-name'> => {
      const known = [...visible(), ...file.visible.keys(), ...world.builtins.keys(), ...world.choiceWords];
      const importFrom = (!later && world.locate(name)) || '';
      const advice = later ? null : adviceOnName(name, d?.kind);
      return { name, importFrom, advice, suggestions: later ? [] : suggest(name, known) };
    };
    world.report(diagnose('unknown-name', span, facts, later));
  }
}

/** A call: its callee, arguments and place; `piped` is the place of a piped value, or null. */
interface Application {
  readonly callee: Expression;
  readonly args: readonly Argument[];
  readonly site: Expression;
  readonly piped: Span | null;
}

/** The signature of a parameter's type, which takes no arguments. Those of an input's type are read when the model is built. */
function typeSignature(name: string): Signature {
  return { callee: name, written: name, parameters: [], takes: 'arguments' };
}

/** The arguments of a type that are words, such as `velocity`, and stand for themselves. */
function wordsIn({ name: { name }, args, span }: NamedTypeNode): ReadonlySet<Expression> {
  const words = new Set<Expression>();
  for (const [callee, { signature }] of [...Object.entries(inputTypes), ...Object.entries(outputTypes)]) {
    if (callee !== name) continue;
    const { given } = bindCall(signature, writtenArguments(args), span);
    for (const p of signature.parameters) {
      if (p.kind !== 'word') continue;
      const word = given.get(p.name);
      if (word) words.add(word.value);
      // Those given again are words too: the repetition is the error.
      for (const a of args) if (a.name?.name === p.name) words.add(a.value);
    }
  }
  return words;
}

const firstBindings = new WeakMap<Body, ReadonlyMap<string, Span>>();

/** The place of a statement after `use` that binds a name which is unknown at `use`; null if there is none. */
function boundBelow(body: Body, name: string, use: Span): Span | null {
  const known = firstBindings.get(body);
  const first = known ?? firstBindingsOf(body);
  if (!known) firstBindings.set(body, first);
  const span = first.get(name);
  return span && span.start > use.start ? span : null;
}

function firstBindingsOf(body: Body): ReadonlyMap<string, Span> {
  const first = new Map<string, Span>();
  for (const n of withBranches(body).flatMap(namesOf)) if (!first.has(n.name)) first.set(n.name, n.span);
  return first;
}
