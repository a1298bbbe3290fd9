/** Trees in tests: parsing of what must be right, and an outline of expressions with their grouping shown. */
import { Source } from '../../src/compiler/source';
import type { Body, Expression, File } from '../../src/compiler/syntax/ast';
import { parse } from '../../src/compiler/syntax/parse';

/** The tree of a text that has no errors; throws with the codes otherwise. */
export function parseClean(text: string): File {
  const { file, diagnostics } = parse(new Source('test', text));
  if (diagnostics.length > 0) throw new Error(diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'));
  return file;
}

/** The tree of one expression. */
export function expressionOf(text: string): Expression {
  const [block] = parseClean(`block F(x) { return ${text}\n}`).declarations;
  if (block.kind !== 'block' || !block.body.result) throw new Error(`no expression in ${text}`);
  return block.body.result;
}

/** The expression with every grouping in parentheses. */
export function outline(e: Expression): string {
  const list = (items: readonly Expression[]): string => items.map(outline).join(', ');
  switch (e.kind) {
    case 'number':
      return String(e.value);
    case 'string':
      return JSON.stringify(e.value);
    case 'boolean':
      return String(e.value);
    case 'size':
      return `${e.height}x${e.width}`;
    case 'name':
      return e.name;
    case 'member':
      return `${outline(e.object)}.${e.property.name}`;
    case 'index':
      return `${outline(e.object)}[${outline(e.index)}]`;
    case 'call':
      return `${outline(e.callee)}(${e.args.map((a) => (a.name ? `${a.name.name}: ` : '') + outline(a.value)).join(', ')})`;
    case 'labelled':
      return `${outline(e.value)} @${e.label.name}`;
    case 'unary':
      return `(${e.operator} ${outline(e.operand)})`;
    case 'binary':
      return `(${outline(e.left)} ${e.operator} ${outline(e.right)})`;
    case 'pipe':
      return `(${outline(e.value)} |> ${outline(e.stage)})`;
    case 'repeat':
      return `repeat(${e.index ? `${e.index.name} in ` : ''}${outline(e.count)}) ${outline(e.stage)}`;
    case 'lambda': {
      const names = e.parameters.map((p) => p.name).join(', ');
      return `(${e.parameters.length === 1 ? names : `(${names})`} => ${outline(e.body)})`;
    }
    case 'if':
      return `if ${outline(e.condition)} {${bodyOutline(e.then)}} else {${bodyOutline(e.otherwise)}}`;
    case 'tuple':
      return e.items.length === 1 ? `(${list(e.items)},)` : `(${list(e.items)})`;
    case 'list':
      return `[${list(e.items)}]`;
    case 'missing':
      return '?';
  }
}

function bodyOutline(body: Body): string {
  return [...body.statements.map((s) => s.kind), ...(body.result ? [outline(body.result)] : [])].join('; ');
}
