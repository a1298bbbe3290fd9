/** A train section feeds every input of its model, and nothing else. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { input } from '../ir/graph';
import { pairedFolder } from '../lower/givens/paired';
import { conditionsOf, exampleGiven, looksLikeMask } from '../lower/givens/conditions';
import { elaborateGivens, type WrittenGiven } from '../lower/givens/elaborate';
import type { ModelGraph } from '../lower/model';
import type { SectionDeclaration } from '../syntax/ast';

/** What is wrong with what a train section gives `model`. */
export function checkGivens(section: SectionDeclaration, model: ModelGraph): readonly Diagnostic[] {
  const image = model.inputs.find((i) => i.name === 'x_t');
  if (!image) return [];
  const written = section.entries.flatMap((e) =>
    e.kind === 'given' ? [{ name: e.name.name, nameSpan: e.name.span, value: e.value }] : [],
  );
  const x0 = input('x0', image.value.shape);
  const elaborated = elaborateGivens(model, written, x0, input('seed', [2], 'i32'));
  const diagnostics = [...elaborated.diagnostics, ...pairedData(section, written)];
  const unfed = conditionsOf(model).filter((i) => !written.some((g) => g.name === i.name));
  // What others are made of comes first.
  const missing = [...unfed].sort((a, b) => Number(looksLikeMask(model, b)) - Number(looksLikeMask(model, a)));
  if (missing.length === 0) return diagnostics;
  const facts = {
    model: model.name,
    inputs: missing.map((i) => `\`${i.name}\``).join(', '),
    examples: missing.map((i) => `\`${exampleGiven(model, i)}\``).join(' and '),
  };
  return [...diagnostics, diagnose('given-missing', section.model?.span ?? section.span, facts)];
}

/** Folders of pictures go with the pictures of a folder. */
function pairedData(section: SectionDeclaration, written: readonly WrittenGiven[]): Diagnostic[] {
  const setting = section.entries.find((e) => e.kind === 'setting' && e.path[0].name === 'data');
  const value = setting?.kind === 'setting' ? setting.value : null;
  const data = value?.kind === 'call' && value.callee.kind === 'name' ? value.callee.name : '';
  if (data === 'folder' || data === '') return [];
  const paired = written.filter((g) => pairedFolder(g.value));
  return paired.map((g) => diagnose('paired-data', g.value.span, { name: g.name, data }));
}
