/** A call of a block gives every argument once: known names, no more than there are, none missing that has no default. */
import { diagnose, type Diagnostic } from '../../diagnostics/diagnostic';
import { suggest } from '../../diagnostics/suggest';
import { signatureOf } from '../../lower/signatures';
import type { Span } from '../../source';
import type { Argument, BlockDeclaration } from '../../syntax/ast';

/** `piped` counts the arguments a pipe puts before the written ones. */
export function checkArguments(
  block: BlockDeclaration,
  args: readonly Argument[],
  piped: number,
  span: Span,
): Diagnostic[] {
  const callee = block.name.name;
  const names = block.parameters.map((p) => p.name.name);
  const signature = signatureOf(callee, block.parameters);
  const given = new Map<string, { span: Span; position: number }>();
  const found: Diagnostic[] = [];
  for (const name of names.slice(0, piped)) given.set(name, { span, position: 1 });
  let position = piped;
  for (const a of args) {
    if (!a.name) {
      const name = names[position++];
      if (name === undefined) {
        const facts = { callee, argument: `argument number ${position}`, suggestion: '', signature };
        found.push(diagnose('unexpected-argument', a.value.span, facts));
      } else {
        found.push(...repeated(callee, name, given, a.value.span));
        given.set(name, { span: a.span, position });
      }
    } else if (!names.includes(a.name.name)) {
      const suggestion = suggest(a.name.name, names).join(' or ');
      const facts = { callee, argument: `argument \`${a.name.name}\``, suggestion, signature };
      found.push(diagnose('unexpected-argument', a.name.span, facts));
    } else {
      found.push(...repeated(callee, a.name.name, given, a.name.span));
      given.set(a.name.name, { span: a.span, position: 0 });
    }
  }
  const absent = block.parameters.find((p) => !p.default && !given.has(p.name.name));
  // A misspelt name is probably the one that is missing.
  if (absent && found.length === 0) {
    found.push(diagnose('missing-argument', span, { callee, argument: absent.name.name, signature }, absent.span));
  }
  return found;
}

function repeated(
  callee: string,
  name: string,
  given: ReadonlyMap<string, { span: Span; position: number }>,
  span: Span,
): Diagnostic[] {
  const first = given.get(name);
  return first ? [diagnose('duplicate-argument', span, { callee, name, position: first.position }, first.span)] : [];
}
