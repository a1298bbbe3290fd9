/** `export name of Model { … }`: file format, precision and dynamic axes. */
import { opsetRange } from '../bind/number-range';
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { ExportSettings } from '../lower/recipe';
import type { SectionDeclaration, SettingEntry } from '../syntax/ast';
import { SettingReader, type CallSetting, type Fields } from './schema';
import { withSettings } from './set';
import { writtenSection } from './written';

export const exportFields: Fields = {
  format: {
    kind: 'call',
    calls: {
      onnx: {
        opset: { kind: 'number', ...opsetRange, doc: 'version of the operators; fused ones from 23 on' },
        precision: {
          kind: 'word',
          words: ['fp32', 'fp16', 'bf16'],
          default: 'fp32',
          doc: 'type of the stored weights',
        },
      },
    },
    doc: 'the kind of file',
  },
  dynamic: { kind: 'words', words: ['batch', 'size'], default: ['batch'], doc: 'axes whose size is left open' },
};

export function readExport(reader: SettingReader, s: SectionDeclaration): ExportSettings | null {
  const settings = s.entries.filter((e): e is SettingEntry => e.kind === 'setting');
  const v = reader.section('export', s.name?.span ?? s.span, settings, exportFields, {
    format: 'format = onnx(opset: 23)',
  });
  if (!v || !s.model) return null;
  const { args } = v.values.format as CallSetting;
  return {
    name: s.name?.name ?? 'export',
    model: s.model.name,
    opset: args.opset as number,
    precision: args.precision as ExportSettings['precision'],
    dynamic: v.values.dynamic as ('batch' | 'size')[],
  };
}

/** Settings with some in place of their own; `settings` is null where one of these is wrong. */
export function exportWith(
  settings: ExportSettings,
  entries: readonly SettingEntry[],
): { readonly settings: ExportSettings | null; readonly diagnostics: readonly Diagnostic[] } {
  const { name, model, opset, precision, dynamic } = settings;
  const lines = [`format = onnx(opset: ${opset}, precision: ${precision})`, `dynamic = [${dynamic.join(', ')}]`];
  const written = writtenSection(`export set of set {\n${lines.join('\n')}\n}`);
  const { section, diagnostics } = withSettings(written, exportFields, entries);
  const reader = new SettingReader();
  const read = readExport(reader, section);
  return { settings: read && { ...read, name, model }, diagnostics: [...diagnostics, ...reader.diagnostics] };
}
