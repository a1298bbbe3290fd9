/** Prints the syntax tree as canonical source, which parses back to the same tree. Comments are not in the tree. */
import { precedence, prefixPrecedence } from '../../../grammar/tokens';
import { assertNever } from '../invariant';
import type * as Ast from './ast';

const indent = '  ';

/** Imports, then declarations with a blank line between them. */
export function print(file: Ast.File): string {
  const imports = file.imports.map(printImport);
  const parts = [...(imports.length > 0 ? [imports.join('\n')] : []), ...file.declarations.map(printDeclaration)];
  return parts.length > 0 ? `${parts.join('\n\n')}\n` : '';
}

function printImport({ names, from }: Ast.Import): string {
  const items = names.map(({ name, alias }) => (alias ? `${name.name} as ${alias.name}` : name.name));
  return `import { ${items.join(', ')} } from ${quote(from.value)}`;
}

function printDeclaration(d: Ast.Declaration): string {
  const doc = d.doc
    ? d.doc
        .split('\n')
        .map((line) => `///${line && ` ${line}`}\n`)
        .join('')
    : '';
  switch (d.kind) {
    case 'block':
      return `${doc}block ${d.name.name}${printParameters(d.parameters)}${d.result ? ` -> ${printType(d.result)}` : ''} ${printBody(d.body, '')}`;
    case 'model':
      return `${doc}model ${d.name.name}${printParameters(d.parameters)} ${printBody(d.body, '')}`;
    case 'objective':
    case 'optimizer':
    case 'solver':
    case 'guidance':
      return `${doc}${d.kind} ${d.name.name}${printParameters(d.parameters)} ${printBody(d.body, '')}`;
    case 'variant':
      return `${doc}model ${d.name.name} = ${d.base.name}${printArguments(d.args, '')}`;
    case 'section': {
      const head = [d.section, d.name?.name, d.model && `of ${d.model.name}`].filter(Boolean).join(' ');
      return `${doc}${head} ${printEntries(d.entries, '')}`;
    }
    default:
      return assertNever(d);
  }
}

function printParameters(parameters: readonly Ast.Parameter[]): string {
  const items = parameters.map((p) => {
    const type = p.type ? `: ${printType(p.type)}` : '';
    return `${p.name.name}${type}${p.default ? ` = ${printExpression(p.default)}` : ''}`;
  });
  return `(${items.join(', ')})`;
}

function printType(type: Ast.TypeNode): string {
  switch (type.kind) {
    case 'tensor-type':
      return `[${type.dims.map((e) => printExpression(e)).join(', ')}]`;
    case 'named-type':
      return type.name.name + (type.args.length > 0 ? printArguments(type.args, '') : '');
    case 'choice-type':
      return type.words.map((w) => w.name).join(' | ');
    case 'tuple-type':
      return `(${type.items.map(printType).join(', ')})`;
    default:
      return assertNever(type);
  }
}

function printEntries(entries: readonly Ast.Entry[], at: string): string {
  if (entries.length === 0) return '{}';
  const inner = at + indent;
  return `{\n${entries.map((e) => `${inner}${printEntry(e, inner)}\n`).join('')}${at}}`;
}

function printEntry(e: Ast.Entry, at: string): string {
  switch (e.kind) {
    case 'setting':
      return `${e.path.map((p) => p.name).join('.')} = ${printExpression(e.value, at)}`;
    case 'phase':
      return `phase at ${printExpression(e.at, at)} ${printEntries(e.entries, at)}`;
    case 'axis':
      return `${e.name.name} in ${printExpression(e.values, at)}`;
    case 'given':
      return `given ${e.name.name} = ${printExpression(e.value, at)}`;
    case 'case':
      return `case ${quote(e.name.value)} = ${printExpression(e.value, at)}`;
    default:
      return assertNever(e);
  }
}

/** `{ … }`; the value is written with `return` so that every branch has one. */
function printBody(body: Ast.Body, at: string): string {
  const inner = at + indent;
  const lines = body.statements.map((s) => printStatement(s, inner));
  if (body.result) lines.push(`return ${printExpression(body.result, inner)}`);
  return lines.length > 0 ? `{\n${lines.map((line) => `${inner}${line}\n`).join('')}${at}}` : '{}';
}

function printStatement(s: Ast.Statement, at: string): string {
  switch (s.kind) {
    case 'let': {
      const names = s.names.map((n) => n.name).join(', ');
      return `let ${s.tuple ? `(${names})` : names} = ${printExpression(s.value, at)}`;
    }
    case 'require':
      return `require ${printExpression(s.condition, at)}${s.message ? `, ${quote(s.message.value)}` : ''}`;
    case 'tap':
      return `tap ${s.name.name} = ${printExpression(s.value, at)}`;
    case 'input':
      return `input ${s.name.name}: ${printType(s.type)}`;
    case 'output':
      return `output ${s.name.name}${s.type ? `: ${printType(s.type)}` : ''} = ${printExpression(s.value, at)}`;
    case 'pathway':
      return `pathway ${s.name.name}: ${printExpression(s.tokens, at)} of ${printExpression(s.width, at)} ${printBody(s.body, at)}`;
    case 'if-statement':
      return `if ${printExpression(s.condition, at)} ${printBody(s.then, at)}${s.otherwise ? ` else ${printBody(s.otherwise, at)}` : ''}`;
    default:
      return assertNever(s);
  }
}

/** How tightly the outermost construct of an expression binds; see `precedence`. */
const loosest = -2;
const asStage = -1;
const asOperand = 0;
const asPostfix = 10;

function tightness(e: Ast.Expression): number {
  switch (e.kind) {
    case 'pipe':
      return loosest;
    case 'lambda':
      return asStage;
    case 'binary':
      return precedence[e.operator];
    case 'unary':
      return prefixPrecedence[e.operator];
    // Text after a repeat's stage would be parsed as a part of it.
    case 'repeat':
      return asOperand;
    case 'labelled':
      return e.value.kind === 'repeat' ? asOperand : asPostfix;
    default:
      return asPostfix;
  }
}

/** The expression, in parentheses if it binds more loosely than `least`; `at` is the indentation of its line. */
export function printExpression(e: Ast.Expression, at = '', least = loosest): string {
  const text = printBare(e, at);
  return tightness(e) < least ? `(${text})` : text;
}

function printBare(e: Ast.Expression, at: string): string {
  switch (e.kind) {
    case 'number':
      return printNumber(e);
    case 'string':
      return quote(e.value);
    case 'boolean':
      return String(e.value);
    case 'size':
      return `${e.height}x${e.width}`;
    case 'name':
      return e.name;
    case 'member':
      return `${printExpression(e.object, at, asPostfix)}.${e.property.name}`;
    case 'index':
      return `${printExpression(e.object, at, asPostfix)}[${printExpression(e.index, at)}]`;
    case 'call':
      return printExpression(e.callee, at, asPostfix) + printArguments(e.args, at);
    case 'labelled':
      return `${e.value.kind === 'repeat' ? printRepeat(e.value, at) : printExpression(e.value, at, asPostfix)} @${printLabel(e.label.name)}`;
    case 'unary':
      return `${e.operator}${e.operator === 'not' ? ' ' : ''}${printExpression(e.operand, at, prefixPrecedence[e.operator])}`;
    case 'binary':
      return printBinary(e, at);
    case 'pipe':
      return `${printExpression(e.value, at, loosest)} |> ${printExpression(e.stage, at, asStage)}`;
    case 'repeat':
      return printRepeat(e, at);
    case 'lambda': {
      const names = e.parameters.map((p) => p.name);
      return `${names.length === 1 ? names[0] : `(${names.join(', ')})`} => ${printExpression(e.body, at, asStage)}`;
    }
    case 'if':
      return `if ${printExpression(e.condition, at)} ${printBody(e.then, at)} else ${printBody(e.otherwise, at)}`;
    case 'tuple':
      return e.items.length === 1 ? `(${printExpression(e.items[0], at)},)` : `(${printList(e.items, at)})`;
    case 'list':
      return `[${printList(e.items, at)}]`;
    case 'missing':
      return '';
    default:
      return assertNever(e);
  }
}

/** Puts a prefix operator on the left in parentheses, as in `(not a) == b`: it would apply to the whole expression otherwise. */
function printBinary(e: Ast.Binary, at: string): string {
  const own = precedence[e.operator];
  const right = e.operator === '^' ? own : own + 1;
  const tight = e.operator === ':' ? '' : ' ';
  return `${printExpression(e.left, at, e.operator === '^' ? own + 1 : own)}${tight}${e.operator}${tight}${printExpression(e.right, at, right)}`;
}

/** A label at the end of the stage would be parsed as the repeat's. */
function printRepeat(e: Ast.Repeat, at: string): string {
  const head = `repeat(${e.index ? `${e.index.name} in ` : ''}${printExpression(e.count, at)})`;
  const stage = endsInLabel(e.stage)
    ? `(${printBare(e.stage, at)})`
    : printExpression(e.stage, at, e.stage.kind === 'lambda' ? asStage : asPostfix);
  return `${head} ${stage}`;
}

function endsInLabel(e: Ast.Expression): boolean {
  return e.kind === 'labelled' || (e.kind === 'lambda' && endsInLabel(e.body));
}

function printList(items: readonly Ast.Expression[], at: string): string {
  return items.map((item) => printExpression(item, at)).join(', ');
}

/** A positional argument that begins with `name:` would be parsed as named. */
function printArguments(args: readonly Ast.Argument[], at: string): string {
  const items = args.map(({ name, value }) => {
    const text = printExpression(value, at, value.kind === 'pipe' ? asOperand : loosest);
    if (name) return `${name.name}: ${text}`;
    return /^[A-Za-z_]\w*\s*:/.test(text) ? `(${text})` : text;
  });
  return `(${items.join(', ')})`;
}

/** Numbers in the short forms that people write: `400k`, `2M`, `1e-4`. */
function printNumber({ value, isInteger }: Ast.NumberLiteral): string {
  if (isInteger) {
    if (value >= 1e6 && value % 1e5 === 0) return `${value / 1e6}M`;
    return value >= 1e4 && value % 1e3 === 0 ? `${value / 1e3}k` : String(BigInt(value));
  }
  const text = (value > 0 && value < 1e-3 ? value.toExponential() : String(value)).replace('e+', 'e');
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function printLabel(label: string): string {
  return /^[A-Za-z_]\w*$/.test(label) ? label : quote(label);
}

/** A string literal of the language. */
export function quote(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t').replace(/\r/g, '\\u{d}');
  return `"${escaped}"`;
}
