/** Declarations, imports, parameters and the points of a model must have different names. */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose, type Diagnostic } from '../../diagnostics/diagnostic';
import type { Body, Identifier } from '../../syntax/ast';
import { methodKinds } from '../../syntax/methods';
import { bodiesOf } from '../../syntax/statements';
import { isNamed, type LoadedFile, type NamedDeclaration } from '../../link/load';

/** A name, and the word for the thing it names. */
type Named = readonly [name: Identifier, what: string];

const kindNames: { readonly [K in NamedDeclaration['kind']]: string } = {
  block: 'a block',
  model: 'a model',
  variant: 'a model',
  ...methodKinds,
};

export function checkDuplicates({ file }: LoadedFile): Diagnostic[] {
  const imported = file.imports.flatMap((i) => i.names.map(({ name, alias }): Named => [alias ?? name, 'an import']));
  const declared = file.declarations.filter(isNamed).map((d): Named => [d.name, kindNames[d.kind]]);
  const sections = file.declarations.flatMap((d) =>
    d.kind === 'section' && d.name ? [[d.section, d.name] as const] : [],
  );
  const kinds = new Set(sections.map(([section]) => section));
  const inside = file.declarations.flatMap((d) => {
    if (d.kind === 'section' || d.kind === 'variant') return [];
    const parameters = repeatedNames(d.parameters.map((p): Named => [p.name, 'a parameter']));
    // A state that is kept from step to step is an input, and its new value is an output of the same name.
    const keeps = d.kind === 'optimizer' || d.kind === 'solver' || d.kind === 'guidance';
    return keeps ? parameters : [...parameters, ...bodyDuplicates(d.body)];
  });
  return [
    ...repeatedNames([...imported, ...declared]),
    ...[...kinds].flatMap((kind) =>
      repeatedNames(sections.flatMap(([s, name]): Named[] => (s === kind ? [[name, `${article(kind)} section`]] : []))),
    ),
    ...inside,
  ];
}

/** Duplicates in a body. `let` may bind a name again, but the points of a model (inputs, outputs, taps, pathways) may not. */
function bodyDuplicates(body: Body): Diagnostic[] {
  const points = body.statements.flatMap((s): Named[] => ('name' in s ? [[s.name, article(s.kind)]] : []));
  const tuples = body.statements.flatMap((s) =>
    s.kind === 'let' ? repeatedNames(s.names.map((n) => [n, 'a name'])) : [],
  );
  return [...repeatedNames(points), ...tuples, ...body.statements.flatMap((s) => bodiesOf(s).flatMap(bodyDuplicates))];
}

function article(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

/** A `duplicate-name` for each name that an earlier one of the list has too; `_` may be repeated. */
export function repeatedNames(names: readonly Named[]): Diagnostic[] {
  const first = new Map<string, Named>();
  return names.flatMap(([name, what]) => {
    const earlier = first.get(name.name);
    if (!name.name || name.name === '_') return [];
    if (!earlier) {
      first.set(name.name, [name, what]);
      return [];
    }
    return [diagnose('duplicate-name', name.span, { name: name.name, what: earlier[1] }, earlier[0].span)];
  });
}
