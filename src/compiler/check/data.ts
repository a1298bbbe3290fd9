/** A recipe trains on data with as many channels as its model takes. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { ModelGraph } from '../lower/model';
import { sourceNamed } from '../recipe/data/index';
import type { SourceChoice } from '../recipe/data/source';
import type { Span } from '../source';
import type { SectionDeclaration } from '../syntax/ast';

/** The errors of `data` in a train section of `model`. */
export function checkData(section: SectionDeclaration, { name, inputs }: ModelGraph): readonly Diagnostic[] {
  const image = inputs.find((i) => i.kind === 'image' && i.name === 'x_t');
  const written = writtenSource(section);
  if (image?.kind !== 'image' || written?.source.gives !== 'pictures') return [];
  if (image.channels === 1 || image.channels === 3) return [];
  return [diagnose('data-channels', written.span, { model: name, channels: image.channels })];
}

/** The source of data that a train section names; null if it names none, or an unknown one. */
export function writtenSource({ entries }: SectionDeclaration): {
  readonly name: string;
  readonly source: SourceChoice;
  readonly span: Span;
} | null {
  const setting = entries.find((e) => e.kind === 'setting' && e.path[0].name === 'data');
  if (setting?.kind !== 'setting') return null;
  const { value } = setting;
  const callee = value.kind === 'call' ? value.callee : value;
  const source = callee.kind === 'name' ? sourceNamed(callee.name) : null;
  return callee.kind === 'name' && source ? { name: callee.name, source, span: value.span } : null;
}
