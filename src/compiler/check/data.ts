/** Recipes train on data of as many channels as their models take. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { ModelGraph } from '../lower/model';
import type { SectionDeclaration } from '../syntax/ast';

/** What is wrong with `data` in a train section of `model`. Pictures have 1 or 3 channels; latents may have any number. */
export function checkData(section: SectionDeclaration, { name, inputs }: ModelGraph): readonly Diagnostic[] {
  const setting = section.entries.find((e) => e.kind === 'setting' && e.path[0].name === 'data');
  const image = inputs.find((i) => i.kind === 'image' && i.name === 'x_t');
  if (setting?.kind !== 'setting' || image?.kind !== 'image') return [];
  const { value } = setting;
  const source = value.kind === 'call' && value.callee.kind === 'name' ? value.callee.name : '';
  if (source === 'latents' || image.channels === 1 || image.channels === 3) return [];
  return [diagnose('data-channels', value.span, { model: name, channels: image.channels })];
}
