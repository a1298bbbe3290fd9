/** `export name of Model { … }`: file format, precision and dynamic axes. */
// Tested by test/compiler/sections/keys.test.ts.
import type { Diagnostic } from '../diagnostics/diagnostic';
import { exportFields, type ExportSettings } from '../recipe/export';
import { noNames } from '../recipe/hyperparameters';
import type { SectionDeclaration, SettingEntry } from '../syntax/ast';
import { SettingReader, sectionName } from './schema';
import { withSettings } from './set';
import { writtenSection } from './written';

export function readExport(reader: SettingReader, s: SectionDeclaration): ExportSettings | null {
  const { values } = reader.section(s, exportFields, { format: 'format = onnx(opset: 23)' });
  if (!values || !s.model) return null;
  return { name: sectionName(s), model: s.model.name, ...values.format, dynamic: values.dynamic };
}

/** Settings with some of them replaced, by values that may use hyper-parameters in `names`; `settings` is null if a new one is wrong. */
export function exportWith(
  settings: ExportSettings,
  entries: readonly SettingEntry[],
  names = noNames,
): { readonly settings: ExportSettings | null; readonly diagnostics: readonly Diagnostic[] } {
  const { name, model, opset, precision, dynamic } = settings;
  const lines = [`format = onnx(opset: ${opset}, precision: ${precision})`, `dynamic = [${dynamic.join(', ')}]`];
  const written = writtenSection(`export set of set {\n${lines.join('\n')}\n}`);
  const { section, diagnostics } = withSettings(written, exportFields, entries);
  const reader = new SettingReader();
  reader.names = names;
  const read = readExport(reader, section);
  return { settings: read && { ...read, name, model }, diagnostics: [...diagnostics, ...reader.diagnostics] };
}
